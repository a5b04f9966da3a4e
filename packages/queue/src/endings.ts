import type { Through } from '@millrace/db'
import { Completer } from './completer.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import type { ClaimedJob, RunEnd, Unbegun } from './job.ts'
import type { Run } from './run.ts'

/** The worker whose runs end. */
export interface EndingWorker {
  readonly options: ConsumerOptions
  /** Where outcomes are sent. */
  readonly outcomes: Through
  /** Whether its lease is lost: it writes nothing more. */
  isLost(): boolean
  handBack(jobs: readonly ClaimedJob[]): Promise<void>
  /** One more is written, or will not be. */
  settled(): void
}

/** Writes what became of runs, and tells of it. */
export class Endings {
  readonly #worker: EndingWorker
  readonly #completer: Completer
  /** Ended and not yet written. */
  readonly #settling = new Set<string>()
  readonly #returned: ClaimedJob[] = []
  #handingBack: Promise<void> | undefined

  constructor(worker: EndingWorker) {
    this.#worker = worker
    this.#completer = new Completer(worker.options, worker.outcomes)
  }

  /** Outcomes that are not written yet. */
  get backlog(): number {
    return this.#completer.backlog
  }

  /** Jobs whose runs ended and are not settled. */
  get ids(): ReadonlySet<string> {
    return this.#settling
  }

  /** Writes what became of a run, unless it is not ours to say. */
  settle(running: Run, end: Exclude<RunEnd, Unbegun>): void {
    const { log } = this.#worker.options
    this.#settle(running, end).catch((error: unknown) =>
      log.error({ err: error, job: running.job.id }, 'a run cannot be settled'),
    )
  }

  async #settle(running: Run, end: Exclude<RunEnd, Unbegun>): Promise<void> {
    const { log, notifier, onCompleted } = this.#worker.options
    const { job, log: jobLog, reason } = running
    this.#settling.add(job.id)
    try {
      if (reason?.kind === 'lease_lost') return
      await running.endStream()
      if (end.status === 'parked') return await jobLog.finish()
      const finalLog = await jobLog.end()
      // Its log may have been given up (Q10, Q13).
      if (this.#worker.isLost()) return
      if (reason?.kind === 'drain' && end.status !== 'success') return await this.#handBack(job)
      const ending = running.ending(end)
      const answer = await this.#completer.complete(job, {
        ...ending,
        finalLog,
        logBytes: jobLog.bytes,
        aheadMs: running.aheadMs,
      })
      if (answer.ready.length > 0) notifier.tell('ready', answer.ready)
      if (answer.isScheduled) notifier.tell('scheduled', [])
      if (answer.end === 'tried again') return
      if (answer.end === 'over') onCompleted?.(ending.status, job)
      if (answer.end === 'over' && answer.written) notifier.tellEnd(job.id, answer.written)
      if (answer.end === 'stale') log.warn({ job: job.id }, 'a run ended after its job was taken away')
      else if (job.awaited) notifier.tell('done', [job.id])
      else notifier.tellHere('done', [job.id])
    } finally {
      this.#settling.delete(job.id)
      this.#worker.settled()
    }
  }

  /** What ends in one turn of the event loop is handed back in one statement. */
  #handBack(job: ClaimedJob): Promise<void> {
    this.#returned.push(job)
    this.#handingBack ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#handingBack = undefined
      return this.#worker.handBack(this.#returned.splice(0))
    })
    return this.#handingBack
  }
}
