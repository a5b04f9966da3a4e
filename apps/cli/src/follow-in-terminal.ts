import { followJob, type Client } from '@millrace/client'
import type { CompletedJob, JobUpdate } from '@millrace/contracts'
import type { Terminal } from './output/terminal.ts'

/** The job to start and follow, and where its log goes. */
export interface Following {
  readonly workspace: string
  /** Enqueues the job and gives its id; the signal says that nobody waits for it any more. */
  readonly start: (signal: AbortSignal) => Promise<string>
  readonly onLog: (text: string) => void
  /** What else is told of the job while it runs. */
  readonly onUpdate?: (update: JobUpdate) => void
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
  following: Following,
): Promise<CompletedJob | 'interrupted'> {
  const { interrupted, left, forget } = listenForInterrupts(terminal)
  try {
    const reason = 'interrupted on the command line'
    return await followUntil(client, terminal, { ...following, interrupted, left, reason })
  } finally {
    forget()
  }
}

/** The same with an end that comes from elsewhere. */
export interface FollowingUntil extends Following {
  /** Cancels the job. */
  readonly interrupted: AbortSignal
  /** Does not wait for the server any more. */
  readonly left: AbortSignal
  /** Shown with a job that was cancelled. */
  readonly reason: string
}

/** Starts a job and follows it to its end, or cancels it when `interrupted` aborts, also when it was only being started. */
export async function followUntil(
  client: Client,
  terminal: Terminal,
  { workspace, start, onLog, onUpdate, interrupted, left, reason }: FollowingUntil,
): Promise<CompletedJob | 'interrupted'> {
  try {
    const id = (await start(left)).trim()
    const job = await follow(client, { workspace, id, onLog, signal: interrupted, ...(onUpdate && { onUpdate }) })
    if (job !== 'interrupted') return job
    await cancel(client, terminal, { workspace, id, reason, signal: left })
    return 'interrupted'
  } catch (error) {
    if (left.aborted) return 'interrupted'
    throw error
  }
}

interface JobCall {
  readonly workspace: string
  readonly id: string
  readonly signal: AbortSignal
}

async function follow(
  client: Client,
  { workspace, id, signal, onLog, onUpdate }: JobCall & Pick<Following, 'onLog' | 'onUpdate'>,
): Promise<CompletedJob | 'interrupted'> {
  try {
    const tell = (update: JobUpdate) => {
      if (update.new_logs) onLog(update.new_logs)
      onUpdate?.(update)
    }
    return await followJob(client, workspace, id, { signal, onUpdate: tell })
  } catch (error) {
    if (signal.aborted) return 'interrupted'
    throw error
  }
}

/** `interrupted` is the first Ctrl-C, `left` a second one that is not the same; `forget` stops listening. */
export function listenForInterrupts(terminal: Terminal) {
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

async function cancel(
  client: Client,
  terminal: Terminal,
  { workspace, id, signal, reason }: JobCall & Pick<FollowingUntil, 'reason'>,
): Promise<void> {
  try {
    await client.jobs.cancelQueuedJob({ workspace, id, body: { reason } }, { signal, timeoutMs: 10_000 })
    terminal.err(`\nmillrace: job ${id} is cancelled.\n`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    terminal.err(`\nmillrace: job ${id} could not be cancelled: ${why}\n`)
  }
}
