import { errorResult, type ClaimedJob, type RunContext, type StopReason } from '@millrace/queue'
import type { Run } from '../launch/index.ts'
import type { RoundEnd } from './workflow.ts'

/** What following runs takes. */
export interface FollowTools {
  /** Between the request to end and the end by force. */
  readonly graceMs: number
  markCancel(id: string, column: 'signalled_at' | 'killed_at'): void
}

/** How long a run may take; it counts from its last start. */
export class TimeLimit {
  readonly timeoutMs: number
  #timer: NodeJS.Timeout | undefined
  #isOver = false
  #onOver: () => void = () => undefined

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs
  }

  get isOver(): boolean {
    return this.#isOver
  }

  listen(onOver: () => void): void {
    this.#onOver = onOver
  }

  start(): void {
    this.stop()
    this.#timer = setTimeout(() => {
      this.#isOver = true
      this.#onOver()
    }, this.timeoutMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** A run under way and its job. */
export interface FollowedRun {
  readonly job: ClaimedJob
  readonly context: RunContext
  readonly run: Run
  readonly limit: TimeLimit
}

/** Waits for the end of a run, and brings it about when its time is over or the queue says so. */
export async function followRun(tools: FollowTools, { job, context, run, limit }: FollowedRun): Promise<RoundEnd> {
  let killTimer: NodeJS.Timeout | undefined
  const end = () => {
    const reason: StopReason | undefined = context.signal.aborted ? context.signal.reason : undefined
    const isCancel = reason?.kind === 'cancel'
    if (reason?.kind === 'lease_lost') return run.kill('SIGKILL')
    run.kill('SIGTERM')
    if (isCancel) tools.markCancel(job.id, 'signalled_at')
    killTimer ??= setTimeout(() => {
      run.kill('SIGKILL')
      if (isCancel) tools.markCancel(job.id, 'killed_at')
    }, tools.graceMs)
  }
  limit.listen(end)
  // One that waits for its turn has the time from when it begins.
  if (!context.isFollowing) limit.start()
  context.signal.addEventListener('abort', end, { once: true })
  if (context.signal.aborted) end()
  try {
    const { outcome, exit, isUnbegun } = await run.ended
    const measured = { memoryPeakBytes: exit?.memoryPeakBytes, cpuMs: exit?.cpuMs }
    if (limit.isOver) {
      const resultJson = errorResult('TimeoutError', `timed out after ${limit.timeoutMs / 1000} s`)
      return { status: 'failure', resultJson, ...measured }
    }
    if (isUnbegun) return { status: 'unbegun' }
    if (outcome.kind === 'result' && outcome.waits) return { status: 'suspended', json: outcome.json }
    if (outcome.kind === 'result') return { status: 'success', resultJson: outcome.json, ...measured }
    return { status: 'failure', resultJson: JSON.stringify({ error: outcome.error }), ...measured }
  } finally {
    limit.stop()
    clearTimeout(killTimer)
    context.signal.removeEventListener('abort', end)
  }
}
