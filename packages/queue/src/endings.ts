import type { Through } from '@millrace/db'
import { Completer, type CompletionAnswer } from './completer.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import type { ClaimedJob, RunEnd, Unbegun } from './job.ts'
import type { Run } from './run.ts'
import type { OutcomeStatus } from './states.ts'

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
    const { job, reason } = running
    this.#settling.add(job.id)
    try {
      if (reason?.kind === 'lease_lost') return
      if (end.status === 'parked') return await running.finishTexts()
      const finalLog = running.hasTexts ? await running.endTexts() : undefined
      // Its log may have been given up (Q10, Q13).
      if (this.#worker.isLost()) return
      if (reason?.kind === 'drain' && end.status !== 'success') return await this.#handBack(job)
      const { logBytes, aheadMs } = running
      const outcome = { ...running.ending(end), finalLog, logBytes, aheadMs }
      this.#tell(job, outcome.status, await this.#completer.complete(job, outcome))
    } finally {
      this.#settling.delete(job.id)
      this.#worker.settled()
    }
  }

  #tell(job: ClaimedJob, status: OutcomeStatus, { end, written, ready, isScheduled }: CompletionAnswer): void {
    const { log, notifier, onCompleted } = this.#worker.options
    if (ready.length > 0) notifier.tell('ready', ready)
    if (isScheduled) notifier.tell('scheduled', [])
    if (end === 'tried again') return
    if (end === 'over') onCompleted?.(status, job)
    if (end === 'over' && written) notifier.tellEnd(job.id, written)
    if (end === 'stale') log.warn({ job: job.id }, 'a run ended after its job was taken away')
    else if (job.awaited) notifier.tell('done', [job.id])
    else notifier.tellHere('done', [job.id])
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
