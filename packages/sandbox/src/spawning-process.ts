// The process that spawns. To fork costs in proportion to the memory of who forks, with everything else of that process
// standing still: 9 ms in a server, 1 ms here. So this file imports next to nothing. It hands over the pipes of what it spawned
// and ends with the server; its boxes end with it.
import { spawn, type StdioOptions } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import type { SpawnNews, SpawnOrder } from './spawn-order.ts'

const CLOSE_ON_EXEC = 0o2000000

closeInherited()
process.on('message', (order: SpawnOrder) => fill(order))
// Its input ends with the server whatever the channel is at: Node does not tell of a disconnect while a handle is on its way.
process.stdin.once('close', end).on('error', end).resume()
process.on('disconnect', end)

function end(): void {
  process.kill(process.pid, 'SIGKILL')
}

function fill(order: SpawnOrder): void {
  const { id, file, argv, uid, pipes, texts, admitFile } = order
  const opened: number[] = []
  try {
    const child = spawn(file, argv, {
      ...(uid !== undefined && { uid, gid: uid }),
      env: {},
      cwd: '/',
      stdio: arrange(order, opened),
    })
    child.once('error', (error) => tell({ id, kind: 'failed', message: error.message }))
    child.once('exit', (code, signal) => tell({ id, kind: 'exit', code, signal }))
    if (child.pid === undefined) return
    const ends: readonly unknown[] = child.stdio
    for (const descriptor of pipes) {
      const end = ends[descriptor]
      if (end instanceof Socket) tell({ id, kind: 'pipe', descriptor }, end)
    }
    if (admitFile !== undefined) writeFileSync(admitFile, String(child.pid))
    // Not before the server has all pipes: what is written into one that is still here would be read here, and be lost.
    process.send?.({ id, kind: 'spawned', pid: child.pid } satisfies SpawnNews, undefined, undefined, () => {
      for (const [descriptor, text] of Object.entries(texts)) give(ends[Number(descriptor)], text)
    })
  } catch (error) {
    tell({ id, kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  } finally {
    for (const descriptor of opened) closeSync(descriptor)
  }
}

/** What ends before it has read all of it tells by its exit. */
function give(end: unknown, text: string): void {
  if (end instanceof Socket) end.on('error', () => undefined).end(text)
}

function arrange({ pipes, files, texts }: SpawnOrder, opened: number[]): StdioOptions {
  const highest = Math.max(...pipes, ...Object.keys({ ...files, ...texts }).map(Number))
  return Array.from({ length: highest + 1 }, (_, descriptor) => {
    if (pipes.includes(descriptor) || texts[descriptor] !== undefined) return 'pipe'
    const path = files[descriptor]
    if (path === undefined) return 'ignore'
    const descriptorOfFile = openSync(path, 'r')
    opened.push(descriptorOfFile)
    return descriptorOfFile
  })
}

function tell(news: SpawnNews, handle?: Socket): void {
  process.send?.(news, handle)
}

/** Descriptors that whoever started the server left open would reach every box. 3 is the channel to the server. */
function closeInherited(): void {
  const folder = '/proc/self/fdinfo'
  const descriptors = existsSync(folder) ? readdirSync(folder).map(Number) : []
  for (const descriptor of descriptors)
    if (descriptor > 3 && isInheritable(`${folder}/${descriptor}`)) closeSync(descriptor)
}

function isInheritable(path: string): boolean {
  const info = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const flags = /^flags:\s+(\d+)/m.exec(info)?.[1]
  return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0
}
