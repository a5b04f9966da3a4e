import type { ConsumerOptions, StopReason } from './consumer-options.ts'
import type { Followers } from './followers.ts'
import type { ClaimedJob, Outcome, RunEnd, Unbegun } from './job.ts'
import { LogWriter } from './log-writer.ts'
import { Run } from './run.ts'

/** The worker whose runs these are. */
export interface RunningWorker {
  readonly options: ConsumerOptions
  readonly followers: Followers
  /** A run is over, or did not begin: its slot is free. */
  left(run: Run): void
  ended(run: Run, end: Exclude<RunEnd, Unbegun>): void
  /** It was started without a slot and taken back before it began. */
  unbegun(run: Run): void
}

/** Starts runs and sees to their ends. One that is over at once costs no promise: a worker has tens of thousands of them a second. */
export class Runs {
  /** By the id of the job. */
  readonly running = new Map<string, Run>()
  readonly #worker: RunningWorker
  readonly #logs: LogWriter
  readonly #streams: LogWriter

  constructor(worker: RunningWorker) {
    const { options } = worker
    this.#worker = worker
    const texts = { ...options, workerId: options.worker.id, lengthMax: options.logLengthMax }
    this.#logs = new LogWriter(texts)
    // A stream is a result, which nobody masks.
    this.#streams = new LogWriter({ ...texts, table: 'job_stream', secretsOf: undefined })
  }

  /** Starts one. It may be over when this returns. */
  start(job: ClaimedJob, { isFollowing = false } = {}): void {
    const { followers, options } = this.#worker
    const run = followers.take(job) ?? new Run(job, { log: this.#logs, stream: this.#streams })
    this.running.set(job.id, run)
    if (isFollowing) followers.join(run)
    let end: RunEnd | Promise<RunEnd>
    try {
      end = options.run(job, run)
    } catch (error) {
      end = this.#threw(job, error)
    }
    if (!(end instanceof Promise)) return this.#over(run, end)
    void end.catch((error: unknown) => this.#threw(job, error)).then((value) => this.#over(run, value))
  }

  stopAll(reason: StopReason): void {
    for (const run of this.running.values()) run.stop(reason)
  }

  /** Nothing more is written of what they print. */
  close(): void {
    this.#logs.close()
    this.#streams.close()
  }

  #threw(job: ClaimedJob, error: unknown): Outcome {
    const { log, onBug } = this.#worker.options
    log.error({ err: error, job: job.id }, 'running a job threw')
    return onBug(job, error)
  }

  #over(run: Run, end: RunEnd): void {
    this.running.delete(run.job.id)
    this.#worker.left(run)
    if (end.status === 'unbegun') this.#worker.unbegun(run)
    else this.#worker.ended(run, end)
  }
}
