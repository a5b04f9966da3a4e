import type { RunContext, StopReason } from './consumer-options.ts'
import type { ClaimedJob, LogChunk, Outcome } from './job.ts'
import type { JobLog, LogWriter } from './log-writer.ts'
import { canceledResult } from './sql/cancel.ts'

/** What a job that is begun as it is claimed waits at most. */
const AHEAD_MS_MIN = 2

/** Who writes what runs say. */
export interface RunTexts {
  readonly log: LogWriter
  readonly stream: LogWriter
}

/** One run of a job on this worker. What it says with, and its signal, are made when somebody asks for them: many jobs are over before. */
export class Run implements RunContext {
  readonly job: ClaimedJob
  /** Milliseconds that it was in hand before it began, if that is worth a word. */
  readonly aheadMs: number | undefined
  readonly #texts: RunTexts
  #log: JobLog | undefined
  #stream: JobLog | undefined
  #reason: StopReason | undefined
  #onBegin: (() => void) | undefined
  #abort: AbortController | undefined

  constructor(job: ClaimedJob, texts: RunTexts) {
    this.job = job
    this.#texts = texts
    const aheadMs = job.claimedMs === undefined ? 0 : Math.round(performance.now() - job.claimedMs)
    this.aheadMs = aheadMs > AHEAD_MS_MIN ? aheadMs : undefined
  }

  get log(): JobLog {
    this.#log ??= this.#texts.log.open(this.job)
    return this.#log
  }

  /** Bytes that it has written to its log. */
  get logBytes(): number {
    return this.#log?.bytes ?? 0
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
    this.#stream ??= this.#texts.stream.open(this.job)
    this.#stream.write(text)
  }

  /** Whether it has said anything, in its log or of its result. */
  get hasTexts(): boolean {
    return this.#log !== undefined || this.#stream !== undefined
  }

  /** Resolves when all that it said is written but for the end of its log, which is to be written with its outcome. */
  async endTexts(): Promise<LogChunk | undefined> {
    await this.#stream?.finish()
    return await this.#log?.end()
  }

  /** Resolves when all that it said is written. */
  async finishTexts(): Promise<void> {
    await this.#stream?.finish()
    await this.#log?.finish()
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
