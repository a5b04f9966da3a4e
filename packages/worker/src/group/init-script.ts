import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'

/** What it left in the background may keep the pipes open for good. */
const LATE_MS = 500
const LINE_LENGTH_MAX = 2000

/** A script, and the variables that it sees besides the worker's own. */
export interface InitScript {
  readonly text: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly log: Logger
  /** Ends it and everything that it started. */
  readonly signal: AbortSignal
}

/**
 * Runs a script with bash and all rights of the worker, outside any sandbox, for it prepares the worker's host. What it prints
 * goes to the platform's log. Returns why it failed, or undefined.
 */
export async function runInitScript({ text, env, timeoutMs, log, signal }: InitScript): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-init-'))
  try {
    const file = join(folder, 'init.sh')
    await writeFile(file, `${exports(env)}${text}\n`, { mode: 0o600 })
    const deadline = AbortSignal.timeout(timeoutMs)
    const { code, killedBy } = await run(file, log, AbortSignal.any([signal, deadline]))
    if (signal.aborted) return 'The worker was stopped meanwhile.'
    if (deadline.aborted) return `It did not end within ${timeoutMs / 1000} s.`
    if (code === 0) return undefined
    return code === null ? `It was killed by ${killedBy}.` : `It exited with ${code}.`
  } catch (error) {
    return `It could not be started: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface End {
  readonly code: number | null
  readonly killedBy: NodeJS.Signals | null
}

async function run(file: string, log: Logger, signal: AbortSignal): Promise<End> {
  // A process group of its own, so that what it started ends with it.
  const child = spawn('/bin/bash', [file], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const kill = () => killGroup(child.pid)
  signal.addEventListener('abort', kill, { once: true })
  if (signal.aborted) kill()
  const hear = (line: string) => log.info({ line: line.slice(0, LINE_LENGTH_MAX) }, 'init script')
  const readers = [child.stdout, child.stderr].map((stream) => createInterface({ input: stream }).on('line', hear))
  const over = Promise.all(readers.map((reader) => new Promise<void>((resolve) => reader.once('close', resolve))))
  try {
    const { promise, resolve, reject } = Promise.withResolvers<End>()
    child.once('error', reject)
    child.once('exit', (code, killedBy) => resolve({ code, killedBy }))
    const end = await promise
    await Promise.race([over, sleep(LATE_MS)])
    return end
  } finally {
    signal.removeEventListener('abort', kill)
    for (const stream of [child.stdout, child.stderr]) stream.destroy()
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function exports(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('')
}
