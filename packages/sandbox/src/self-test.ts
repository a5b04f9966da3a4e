import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sandbox } from './sandbox.ts'
import type { RunSpec } from './spec.ts'

const LIMITS = { memoryBytesMax: 256 * 1024 * 1024, processesMax: 64, fileBytesMax: 1024 * 1024, openFilesMax: 256 }
const TIMEOUT_MS = 10_000

/**
 * Proves on this host what a sandbox declares, with one small command: a file of ours cannot be read, our process cannot
 * be seen, the network is away, no right is left. Resolves to the first promise that does not hold, as a sentence.
 */
export async function selfTest(sandbox: Sandbox, folder: string): Promise<string | undefined> {
  const place = join(folder, `self-test-${randomUUID()}`)
  const canary = join(folder, `canary-${randomUUID()}`)
  const word = randomUUID()
  const listener = createServer().listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => listener.once('listening', resolve))
    await mkdir(folder, { recursive: true })
    await writeFile(canary, word, { mode: 0o644 })
    await sandbox.makeFolder(place)
    const address = listener.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const said = await runProbe(sandbox, probeSpec(place, canary, port))
    return judge(said, sandbox, word)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    listener.close()
    await sandbox.removeFolder(place)
    await sandbox.removeFolder(canary)
  }
}

function probeSpec(place: string, canary: string, port: number): RunSpec {
  const script = `
echo "canary:$(cat "$1" 2>/dev/null)"
echo "processes:$([ -d "/proc/$2/fd" ] && kill -0 "$2" 2>/dev/null && grep -qa node "/proc/$2/comm" 2>/dev/null && echo seen)"
echo "network:$(cat /proc/net/tcp 2>/dev/null | grep -i ":$(printf %04X "$3")")"
echo "rights:$(grep CapEff /proc/self/status 2>/dev/null | cut -f2)"
echo "privileges:$(grep NoNewPrivs /proc/self/status 2>/dev/null | tr -dc 0-9)"
echo done: >&3
echo done:`
  return {
    argv: ['/bin/sh', '-c', script, 'sh', canary, String(process.pid), String(port)],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/job',
    mounts: [{ host: place, inside: '/job', writable: true }],
    network: 'none',
    limits: LIMITS,
  }
}

async function runProbe(sandbox: Sandbox, spec: RunSpec): Promise<ReadonlyMap<string, string>> {
  const box = await sandbox.start(spec)
  const timer = setTimeout(() => box.kill('SIGKILL'), TIMEOUT_MS)
  const said: string[] = []
  for (const stream of [box.stdout, box.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const drained = Promise.all(
    [box.stdout, box.stderr].map((stream) => new Promise((resolve) => stream.once('close', resolve))),
  )
  box.control.resume()
  const exit = await box.exited
  await drained
  clearTimeout(timer)
  const lines = said.join('').split('\n')
  const facts = new Map(
    lines
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
  if (exit.code !== 0 || !facts.has('done'))
    throw new Error(`the self-test did not run: ${said.join('').trim() || 'it was silent'}`)
  return facts
}

function judge(said: ReadonlyMap<string, string>, sandbox: Sandbox, word: string): string | undefined {
  const { isolation } = sandbox
  const hasRights = /[1-9a-f]/.test(said.get('rights') ?? '')
  if (isolation.files && said.get('canary') === word) return `a job in ${sandbox.id} can read the host's files`
  if (isolation.processes && said.get('processes') === 'seen')
    return `a job in ${sandbox.id} can see the host's processes`
  if (isolation.network && said.get('network'))
    return `a job in ${sandbox.id} can see the host's network though it should have none`
  if (isolation.user && process.platform === 'linux' && (hasRights || said.get('privileges') !== '1')) {
    return `a job in ${sandbox.id} keeps rights that it should not have`
  }
  return undefined
}
