import { spawn } from 'node:child_process'

/** Gives a lock back. */
export type Unlock = () => Promise<void>

/**
 * Waits until this process alone has the lock of a file, which the kernel gives back when the process dies, however it dies: a
 * child holds it for as long as its stdin is open. Undefined when the signal aborts first. Where the host has no `flock`,
 * everybody has the lock: then the same work may be done twice, and is still never seen half done.
 */
export async function lockFile(file: string, signal?: AbortSignal): Promise<Unlock | undefined> {
  if (signal?.aborted) return undefined
  // A session of its own: a signal to our group must not give the lock away while we work on.
  const child = spawn('flock', ['--exclusive', '--no-fork', file, 'sh', '-c', 'echo && exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  const answer = await new Promise<'locked' | 'ended' | 'absent'>((resolve) => {
    child.stdout.once('data', () => resolve('locked'))
    child.once('error', () => resolve('absent'))
    child.once('exit', () => resolve('ended'))
    signal?.addEventListener('abort', () => child.kill('SIGKILL'), { once: true })
  })
  child.stdin.on('error', () => undefined)
  if (answer === 'absent') return () => Promise.resolve()
  if (signal?.aborted) {
    child.kill('SIGKILL')
    await gone
    return undefined
  }
  if (answer === 'ended') throw new Error(`the lock of ${file} cannot be taken: flock ended with ${child.exitCode}`)
  return async () => {
    child.stdin.end()
    await gone
  }
}
