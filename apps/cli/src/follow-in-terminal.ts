import { followJob, type Client } from '@millrace/client'
import type { CompletedJob, JobUpdate } from '@millrace/contracts'
import type { Terminal } from './output/terminal.ts'

/** The job to start and follow, and where its log goes. */
export interface Following {
  readonly workspace: string
  /** Enqueues the job and gives its id; the signal says that nobody waits for it any more. */
  readonly start: (signal: AbortSignal) => Promise<string>
  readonly onLog: (text: string) => void
}

/** A terminal's Ctrl-C reaches this process twice, from the terminal and through the launcher. */
const SAME_SIGNAL_MS = 1_000

/**
 * Starts a job and follows it to its end. On Ctrl-C the job is cancelled, also when it was only being started, and the
 * answer is `interrupted`; a second Ctrl-C, a second or more after the first, leaves without waiting for the server.
 */
export async function followInTerminal(
  client: Client,
  terminal: Terminal,
  { workspace, start, onLog }: Following,
): Promise<CompletedJob | 'interrupted'> {
  const { interrupted, left, forget } = listenForInterrupts(terminal)
  try {
    const id = (await start(left)).trim()
    const job = await follow(client, { workspace, id, onLog, signal: interrupted })
    if (job !== 'interrupted') return job
    await cancel(client, terminal, { workspace, id, signal: left })
    return 'interrupted'
  } catch (error) {
    if (left.aborted) return 'interrupted'
    throw error
  } finally {
    forget()
  }
}

interface JobCall {
  readonly workspace: string
  readonly id: string
  readonly signal: AbortSignal
}

async function follow(
  client: Client,
  { workspace, id, signal, onLog }: JobCall & Pick<Following, 'onLog'>,
): Promise<CompletedJob | 'interrupted'> {
  try {
    const onUpdate = (update: JobUpdate) => update.new_logs && onLog(update.new_logs)
    return await followJob(client, workspace, id, { signal, onUpdate })
  } catch (error) {
    if (signal.aborted) return 'interrupted'
    throw error
  }
}

function listenForInterrupts(terminal: Terminal) {
  const interrupt = new AbortController()
  const leave = new AbortController()
  let interruptedAt = 0
  const forget = terminal.onInterrupt(() => {
    if (!interrupt.signal.aborted) {
      interruptedAt = Date.now()
      interrupt.abort()
    } else if (Date.now() - interruptedAt > SAME_SIGNAL_MS) leave.abort()
  })
  return { interrupted: interrupt.signal, left: leave.signal, forget }
}

async function cancel(client: Client, terminal: Terminal, { workspace, id, signal }: JobCall): Promise<void> {
  try {
    const body = { reason: 'interrupted on the command line' }
    await client.jobs.cancelQueuedJob({ workspace, id, body }, { signal, timeoutMs: 10_000 })
    terminal.err(`\nmillrace: job ${id} is cancelled.\n`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    terminal.err(`\nmillrace: job ${id} could not be cancelled: ${why}\n`)
  }
}
