import { spawn } from 'node:child_process'

/** A command of the user's. */
export interface ShellRun {
  readonly command: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMs: number
  /** Ends it with all that it started. */
  readonly signal: AbortSignal
  onText(text: string): void
}

/** Runs a command line by the shell to its end, and says in words how it ended; undefined when it ended well. */
export function runShell({ command, env, timeoutMs, signal, onText }: ShellRun): Promise<string | undefined> {
  const child = spawn(command, { shell: true, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onText)
  let isLate = false
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    } catch {
      // It has just ended by itself.
    }
  }
  const timer = setTimeout(() => {
    isLate = true
    end()
  }, timeoutMs)
  signal.addEventListener('abort', end, { once: true })
  return new Promise((resolve) => {
    const settle = (failure: string | undefined) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve(failure)
    }
    child.once('error', (error) => settle(`could not be started: ${error.message}`))
    child.once('close', (code, killed) => {
      if (isLate) return settle(`took longer than ${timeoutMs / 1000} s and was ended`)
      settle(code === 0 ? undefined : `ended with ${code ?? killed}`)
    })
  })
}
