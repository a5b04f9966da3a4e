import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from '@millrace/base/time'

/** How long nothing starts before tracing ends, as looks and the time between them. */
const CALM_LOOKS = 4
const LOOK_MS = 50
const STOP_MS = 10_000
const CALLS = 'connect,sendto,sendmsg,sendmmsg'
/** An address of the Internet among the arguments of a call. */
const ADDRESS = /\b(connect|sendto|sendmsg|sendmmsg)\(.*sa_family=AF_INET6?\b/

/** Attaches to a process that is no child, until it is seen to be traced or `strace` has given up; 127 where there is none. */
const TRY = `command -v strace >/dev/null || exit 127
sleep 60 & pid=$!
strace -o /dev/null -p $pid 2>/dev/null & tracer=$!
traced=1
while kill -0 $tracer 2>/dev/null; do
  grep -q '^TracerPid:.*[1-9]' /proc/$pid/status && traced=0 && break
  sleep 0.02
done
kill $pid
exit $traced`

/** Why system calls cannot be traced on this host; undefined where they can. */
export function whyNoTrace(): string | undefined {
  const { status } = spawnSync('sh', ['-c', TRY], { stdio: 'ignore' })
  if (status === 127) return 'strace is not installed'
  return status === 0 ? undefined : 'strace may not watch processes on this host'
}

/**
 * Calls to the network, as `strace` writes them, that this process, all that descend from it and all that they start make while
 * `work` runs.
 */
export async function traceNetwork(work: () => Promise<unknown>): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-trace-'))
  const file = join(folder, 'calls')
  try {
    const stop = await attach(await descendants(process.pid), file)
    try {
      await work()
    } finally {
      await stop()
    }
    return (await readFile(file, 'utf8')).split('\n').filter((line) => ADDRESS.test(line))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function attach(pids: readonly number[], file: string): Promise<() => Promise<void>> {
  const which = pids.flatMap((pid) => ['-p', String(pid)])
  const strace = spawn('strace', ['-f', '-e', `trace=${CALLS}`, '-e', 'signal=none', '-o', file, ...which], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    strace.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      // One may have ended since it was listed.
      if (pids.every((pid) => new RegExp(`Process ${pid} attached|\\(${pid}\\)|, ${pid}\\)`).test(said))) resolve()
    })
    strace.once('exit', () => reject(new Error(`strace ended: ${said}`)))
  })
  return async () => {
    // It may hang when it lets go of a process that is just starting: the next boxes are made when a job is over.
    await untilCalm()
    strace.kill('SIGINT')
    const late = setTimeout(() => strace.kill('SIGKILL'), STOP_MS)
    const [, signal] = await once(strace, 'exit')
    clearTimeout(late)
    if (signal === 'SIGKILL') throw new Error('strace did not let go of what it traced')
  }
}

/** Until no process below this one has come or gone for a while. */
async function untilCalm(): Promise<void> {
  for (let before = '', calm = 0; calm < CALM_LOOKS;) {
    const now = (await descendants(process.pid)).join()
    calm = now === before ? calm + 1 : 0
    before = now
    await sleep(LOOK_MS)
  }
}

/** A process and all below it. */
async function descendants(root: number): Promise<readonly number[]> {
  const parents = new Map<number, number>()
  for (const name of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    // The name of the program may have anything in it.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (parent !== undefined && state !== 'Z') parents.set(Number(name), Number(parent))
  }
  const found = [root]
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child)
  return found
}
