import type { RunContext, StopReason } from './consumer-options.ts'
import type { ClaimedJob, Outcome } from './job.ts'
import type { JobLog } from './log-writer.ts'
import { canceledResult } from './sql/cancel.ts'

/** What a job that is begun as it is claimed waits at most. */
const AHEAD_MS_MIN = 2

/** One run of a job on this worker. Its signal is made when somebody asks for it: most jobs are over before they are told to stop. */
export class Run implements RunContext {
  readonly job: ClaimedJob
  readonly log: JobLog
  /** Milliseconds that it was in hand before it began, if that is worth a word. */
  readonly aheadMs: number | undefined
  readonly #openStream: () => JobLog
  #stream: JobLog | undefined
  #reason: StopReason | undefined
  #onBegin: (() => void) | undefined
  #abort: AbortController | undefined

  constructor(job: ClaimedJob, log: JobLog, openStream: () => JobLog) {
    this.job = job
    this.log = log
    this.#openStream = openStream
    const aheadMs = job.claimedMs === undefined ? 0 : Math.round(performance.now() - job.claimedMs)
    this.aheadMs = aheadMs > AHEAD_MS_MIN ? aheadMs : undefined
  }

  get isFollowing(): boolean {
    return this.#onBegin !== undefined
  }

  /** Waits behind others until it begins; `onBegin` is told of that. */
  follow(onBegin: () => void): void {
    this.#onBegin = onBegin
  }

  begin(): void {
    this.#onBegin?.()
    this.#onBegin = undefined
  }

  /** Adds a piece to what is shown of the result while the job runs. */
  stream(text: string): void {
    this.#stream ??= this.#openStream()
    this.#stream.write(text)
  }

  /** Resolves when all pieces are written; most jobs have none. */
  async endStream(): Promise<void> {
    await this.#stream?.finish()
  }

  /** Aborts with a `StopReason`. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController()
      if (this.#reason) this.#abort.abort(this.#reason)
    }
    return this.#abort.signal
  }

  /** Why it was told to stop; the first reason counts. */
  get reason(): StopReason | undefined {
    return this.#reason
  }

  stop(reason: StopReason): void {
    if (this.#reason) return
    this.#reason = reason
    this.#abort?.abort(reason)
  }

  /** What is written of an outcome: a run that was cancelled and did not succeed is canceled. */
  ending(outcome: Outcome): Outcome {
    if (this.#reason?.kind !== 'cancel' || outcome.status === 'success') return outcome
    const { canceledBy, reason: why } = this.#reason.request
    return {
      ...outcome,
      status: 'canceled',
      resultJson: canceledResult(canceledBy, why),
      canceledBy,
      canceledReason: why,
    }
  }
}
