import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A process with a child, which sleep for `sleepS` unless the signal aborts, and are then ended as one group. */
export async function runTree(sleepS: number, signal: AbortSignal): Promise<void> {
  const child = spawn('sh', ['-c', `sleep ${sleepS} & wait`], { detached: true, stdio: 'ignore' })
  const exited = once(child, 'exit')
  const end = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
  }
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  await exited
}
