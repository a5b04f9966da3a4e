import { followJob, type Client } from '@millrace/client'
import type { CompletedJob } from '@millrace/contracts'
import type { Terminal } from './output/terminal.ts'

/** The job to follow, and where its log goes. */
export interface Following {
  readonly workspace: string
  readonly id: string
  readonly onLog: (text: string) => void
}

/** A terminal's Ctrl-C reaches this process twice, from the terminal and through the launcher. */
const SAME_SIGNAL_MS = 1_000

/**
 * Follows a job to its end. On Ctrl-C the job is cancelled and the answer is `interrupted`; a second Ctrl-C, a second or
 * more after the first, leaves without waiting for the server.
 */
export async function followInTerminal(
  client: Client,
  terminal: Terminal,
  following: Following,
): Promise<CompletedJob | 'interrupted'> {
  const { workspace, id, onLog } = following
  const abort = new AbortController()
  const leave = new AbortController()
  let interruptedAt = 0
  const forget = terminal.onInterrupt(() => {
    if (abort.signal.aborted && Date.now() - interruptedAt > SAME_SIGNAL_MS) leave.abort()
    if (abort.signal.aborted) return
    interruptedAt = Date.now()
    abort.abort()
  })
  try {
    return await followJob(client, workspace, id, {
      signal: abort.signal,
      onUpdate: (update) => update.new_logs && onLog(update.new_logs),
    })
  } catch (error) {
    if (!abort.signal.aborted) throw error
    await cancel(client, terminal, { workspace, id, signal: leave.signal })
    return 'interrupted'
  } finally {
    forget()
  }
}

async function cancel(
  client: Client,
  terminal: Terminal,
  { workspace, id, signal }: { workspace: string; id: string; signal: AbortSignal },
): Promise<void> {
  try {
    const body = { reason: 'interrupted on the command line' }
    await client.jobs.cancelQueuedJob({ workspace, id, body }, { signal, timeoutMs: 10_000 })
    terminal.err(`\nmillrace: job ${id} is cancelled.\n`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    terminal.err(`\nmillrace: job ${id} could not be cancelled: ${why}\n`)
  }
}
