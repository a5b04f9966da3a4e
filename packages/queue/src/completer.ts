import type { Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import type { Database, Through } from '@millrace/db'
import { isDataError } from './data-error.ts'
import { isPlainEnd, type FinishStep } from './finish-step.ts'
import { errorResult, type ClaimedJob, type Outcome } from './job.ts'
import type { ToldEnd } from './notifier.ts'
import { retryDelayMs } from './retry-delay.ts'
import { SHARED_MAX } from './shared-turn.ts'
import { completeJobs, type Completed, type Completion } from './sql/complete.ts'
import { retryJobs } from './sql/retry.ts'
import { isLong, storeResult } from './sql/store-result.ts'

const BATCH_MAX = 500
/** So many that wait while a batch is under way go out beside it, or the commit of each batch would hold up all others. */
const BESIDE_MIN = 100
const BATCHES_MAX = 2

/** What became of a run; where its fence did not hold, nothing was written. */
export interface CompletionAnswer {
  readonly end: 'over' | 'tried again' | 'stale'
  /** What was written of a job that is over, where its result is in its row. */
  readonly written?: ToldEnd | undefined
  /** Tags of jobs that it let in. */
  readonly ready: readonly string[]
  /** Whether there are jobs that wait for a time now. */
  readonly isScheduled: boolean
}

const STALE: CompletionAnswer = { end: 'stale', ready: [], isScheduled: false }

interface Pending extends Completion {
  readonly outcome: Outcome & { readonly refused?: boolean }
  /** Set for a run that is to be tried again. */
  readonly retryInMs: number | undefined
  readonly settle: (answer: CompletionAnswer) => void
}

/** What a completer is made of. */
export interface CompleterOptions {
  readonly db: Database
  readonly worker: { readonly id: string; readonly name: string }
  readonly log: Logger
  readonly finishStep?: FinishStep | undefined
}

/**
 * Writes outcomes in batches. The first one goes out at once, what ends while a statement is under way goes out together
 * with the next: alone a job waits for nothing, under load a statement carries hundreds, and two are under way.
 */
export class Completer {
  readonly #db: Database
  /** Where a few outcomes are sent, which may go with a claim. */
  readonly #shared: Through
  readonly #worker: { readonly id: string; readonly name: string }
  readonly #log: Logger
  readonly #finishStep: FinishStep | undefined
  readonly #pending: Pending[] = []
  /** Batches that are about to go out or under way. */
  #batches = 0
  /** Runs that end together with what follows in their flows. */
  #finishing = 0

  constructor({ db, worker, log, finishStep }: CompleterOptions, shared: Through = db) {
    this.#db = db
    this.#shared = shared
    this.#worker = worker
    this.#log = log
    this.#finishStep = finishStep
  }

  /** Outcomes that are not written yet. */
  get backlog(): number {
    return this.#pending.length + this.#finishing
  }

  /** A long result is stored first: it holds up no other job's outcome. */
  complete(job: ClaimedJob, outcome: Outcome): Promise<CompletionAnswer> {
    if (isLong(outcome.resultJson)) return this.#completeLong(job, outcome.resultJson, outcome)
    if (this.#finishStep && isPlainEnd(job, outcome)) return this.#finish(this.#finishStep, job, outcome)
    return this.#queue(job, outcome)
  }

  async #completeLong(job: ClaimedJob, resultJson: string, outcome: Outcome): Promise<CompletionAnswer> {
    return await this.#queue(job, await this.#store(job, resultJson, outcome))
  }

  async #finish(finishStep: FinishStep, job: ClaimedJob, outcome: Outcome): Promise<CompletionAnswer> {
    this.#finishing += 1
    const answer = await finishStep({ job, outcome, worker: this.#worker }).finally(() => {
      this.#finishing -= 1
    })
    return answer ?? (await this.#queue(job, outcome))
  }

  #queue(job: ClaimedJob, outcome: Outcome): Promise<CompletionAnswer> {
    return new Promise((settle) => {
      this.#pending.push({ job, outcome, retryInMs: retryInMs(job, outcome), settle })
      if (this.#batches > 0 && (this.#batches === BATCHES_MAX || this.#pending.length < BESIDE_MIN)) return
      this.#batches += 1
      // One turn of the event loop gathers what ends together.
      setImmediate(() => void this.#flush())
    })
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, BATCH_MAX)
      const over = batch.filter((pending) => pending.retryInMs === undefined)
      const again = batch.filter((pending) => pending.retryInMs !== undefined)
      if (over.length > 0) await this.#write(over)
      if (again.length > 0) await this.#write(again)
    }
    this.#batches -= 1
  }

  async #store(job: ClaimedJob, resultJson: string, outcome: Outcome): Promise<Outcome> {
    for (let delay = 50; ; delay = Math.min(delay * 2, 2000)) {
      try {
        const resultPieces = await storeResult(this.#db, this.#worker.id, job, resultJson)
        return { ...outcome, resultJson: null, resultPieces, resultBytes: Buffer.byteLength(resultJson) }
      } catch (error) {
        if (isDataError(error)) return refused(outcome, error)
        this.#log.warn({ err: error, job: job.id, retryInMs: delay }, 'a result cannot be stored')
        await sleep(delay)
      }
    }
  }

  /** Tries until the database answers: an outcome in hand is never dropped, and the fence makes repeating harmless. */
  async #write(batch: readonly Pending[]): Promise<void> {
    for (let delay = 50; ; delay = Math.min(delay * 2, 2000)) {
      try {
        this.#answer(batch, await this.#send(batch))
        return
      } catch (error) {
        if (isDataError(error)) return await this.#writeSingly(batch, error)
        this.#log.warn({ err: error, outcomes: batch.length, retryInMs: delay }, 'outcomes cannot be written')
        await sleep(delay)
      }
    }
  }

  /** All of a batch end or all of it are tried again. */
  async #send(batch: readonly Pending[]): Promise<Completed> {
    const retries = batch.flatMap(({ retryInMs: ms, ...rest }) =>
      ms === undefined ? [] : [{ ...rest, retryInMs: ms }],
    )
    if (retries.length > 0) return await retryJobs(this.#db, this.#worker, retries)
    return await completeJobs(batch.length <= SHARED_MAX ? this.#shared : this.#db, this.#worker, batch)
  }

  #answer(batch: readonly Pending[], { written, ready, isScheduled }: Completed): void {
    batch.forEach(({ job, outcome, retryInMs: ms, settle }, index) => {
      const end = ms === undefined ? 'over' : 'tried again'
      const { status, resultJson: result, resultPieces } = outcome
      settle({
        end: written.has(job.id) ? end : 'stale',
        written: resultPieces === undefined ? { status, result } : undefined,
        ready: index === 0 ? ready : [],
        isScheduled: index === 0 && isScheduled,
      })
    })
  }

  /** One outcome holds what PostgreSQL refuses (JSON nested too deep, say): the others must not suffer for it. */
  async #writeSingly(batch: readonly Pending[], error: unknown): Promise<void> {
    const [only, ...rest] = batch
    if (only && rest.length === 0) {
      if (only.outcome.refused) {
        this.#log.error({ err: error, job: only.job.id }, 'an outcome cannot be written')
        return only.settle(STALE)
      }
      return await this.#write([
        { ...only, outcome: { ...refused(only.outcome, error), finalLog: undefined, refused: true } },
      ])
    }
    for (const pending of batch) await this.#write([pending])
  }
}

function refused(outcome: Outcome, error: unknown): Outcome {
  const message = `The result cannot be stored: ${error instanceof Error ? error.message : String(error)}`
  return { ...outcome, status: 'failure', resultJson: errorResult('ResultRefused', message), resultBytes: undefined }
}

function retryInMs(job: ClaimedJob, outcome: Outcome): number | undefined {
  const { retry } = job.options
  if (!retry || outcome.status !== 'failure') return undefined
  return retryDelayMs(retry, job.failures + 1, Math.random())
}
