import { newId } from '@millrace/base/ids'
import { Problem } from '@millrace/base/problem'
import { inTransaction, type Connection, type Database } from '@millrace/db'
import { CarriedJobs, type FrameChild } from './carried-jobs.ts'
import { isDataError } from './data-error.ts'
import type { ClaimedJob, NewJob } from './job.ts'
import { RememberedHeads } from './line-heads.ts'
import type { NearWorkers, Reservation } from './near-workers.ts'
import { debounceJob, debounceJobs } from './sql/debounce.ts'
import { isSameJob, takeKey } from './sql/enqueue-once.ts'
import { makeDurable } from './sql/make-durable.ts'
import { admitJobs, ENQUEUE_CHUNK, insertJobs, isLater, mayWait, type IdentifiedJob } from './sql/enqueue.ts'

/** Jobs of a statement that says itself that they are ready. */
const TELLING_MAX = 10

/** What a call of `enqueue` led to. */
export interface Enqueued {
  /** In order; a call that repeats an earlier one has that one's id. */
  readonly ids: readonly string[]
  /** Tags that have ready jobs now. */
  readonly ready: readonly string[]
  /** Other processes have been told of them. */
  readonly isTold: boolean
  /** Whether there are jobs that wait for a time now. */
  readonly isScheduled: boolean
  /** Waiting jobs that ended because a later call took their place. */
  readonly replaced: readonly string[]
}

/** How a transaction ended, as far as its client knows. */
export type TransactionEnd = 'committed' | 'rolled back' | 'unknown'

/** Jobs that are there when the transaction is that wrote them. */
export interface WrittenWithin extends Pick<Enqueued, 'ready' | 'isScheduled'> {
  /** To be called once: jobs that a worker of this process has got begin, or its slots are free again. */
  ended(how: TransactionEnd): void
}

/** What the statement did that wrote a call. */
interface Written {
  /** Ids of jobs that have begun. */
  readonly begun: ReadonlySet<string>
  readonly isTold: boolean
}

interface Call {
  readonly jobs: readonly IdentifiedJob[]
  readonly resolve: (written: Written) => void
  readonly reject: (error: unknown) => void
}

/** How an enqueuer is bound to its process. */
export interface EnqueuerOptions {
  /** Workers of this process, in whose hands a job may begin as it is written (Q44). */
  readonly near?: NearWorkers | undefined
  /** A message that a statement may send which makes jobs of these tags ready, if it is to. */
  readonly carry?: (tags: readonly string[]) => string | undefined
  /** A monotonic clock. */
  readonly nowMs?: () => number
}

/**
 * Writes new jobs. Calls that come while a statement is under way go out together with the next one: alone a call waits for
 * nothing, and many callers at once share one commit. It also makes fair places exact within a process, for each
 * statement sees the places that the one before it gave. A call of more jobs than a statement takes has a transaction of its own.
 */
export class Enqueuer {
  readonly #db: Database
  readonly #options: EnqueuerOptions
  readonly #heads: RememberedHeads
  #waiting: Call[] = []
  #isWriting = false

  constructor(db: Database, options: EnqueuerOptions = {}) {
    this.#db = db
    this.#options = options
    this.#heads = new RememberedHeads(options.nowMs)
  }

  /** Writes the jobs durably, all or none (Q1). Throws the problems `job.exists` and `job.key_reused`. */
  async enqueue(jobs: readonly NewJob[]): Promise<Enqueued> {
    const identified = jobs.map((job) => ({ ...job, id: job.id ?? newId() }))
    let written = PLAIN
    try {
      if (identified.some(isSpecial)) return await this.#writeSpecial(identified)
      if (identified.length > ENQUEUE_CHUNK) await this.#writeMany(identified)
      else written = await this.#join(identified)
      if (written.isTold) await makeDurable(this.#db.pool)
    } catch (error) {
      if (!isDuplicate(error)) throw error
      const [only, ...rest] = identified
      if (only && rest.length === 0 && (await isSameJob(this.#db.pool, only))) {
        await makeDurable(this.#db.pool)
        return { ids: [only.id], ready: [], isTold: false, isScheduled: false, replaced: [] }
      }
      throw new Problem('job.exists', 'Another job has this id: choose another job_id or leave it out.')
    }
    const waiting = identified.filter((job) => !written.begun.has(job.id))
    const { isTold } = written
    return { ...(await this.#open(waiting)), isTold, ids: identified.map((job) => job.id), replaced: [] }
  }

  /** Writes the jobs in a transaction of the caller, above workspaces; none of them has a limit or a key of its own. */
  async enqueueWithin(connection: Connection, jobs: readonly NewJob[]): Promise<Enqueued> {
    const identified = jobs.map((job) => ({ ...job, id: job.id ?? newId() }))
    const { ids, written, replaced } = await this.#writeEach(connection, identified)
    return { ...(await this.#open(written)), isTold: false, ids, replaced }
  }

  /**
   * Writes the jobs and lets in those that have a limit, in a transaction of the caller, who says how that ended, and which jobs in hand it
   * lets go of. None has a key of its own.
   */
  async writeWithin(
    connection: Connection,
    asked: readonly IdentifiedJob[],
    follows: readonly string[],
  ): Promise<WrittenWithin> {
    const jobs = await debounceJobs(connection, asked)
    const slots = this.#options.near?.reserve(jobs, follows)
    try {
      const begun: ClaimedJob[] = []
      for (let at = 0; at < jobs.length; at += ENQUEUE_CHUNK) {
        const chunk = jobs.slice(at, at + ENQUEUE_CHUNK)
        const written = await this.#heads.watch(() => insertJobs(connection, chunk, this.#heads, { idle: slots }))
        begun.push(...written.begun)
      }
      const ids = new Set(begun.map((job) => job.id))
      const open = await this.#open(
        jobs.filter((job) => !ids.has(job.id)),
        connection,
      )
      return { ...open, ended: (how) => endReservation(slots, begun, how) }
    } catch (error) {
      slots?.release()
      throw error
    }
  }

  /** Plain jobs for a statement that writes them itself, with slots of this process. */
  carry(children: readonly FrameChild[]): CarriedJobs {
    return new CarriedJobs(children, this.#options.near)
  }

  /** What is open to workers and to the keeper now that the jobs are written. */
  async #open(
    jobs: readonly IdentifiedJob[],
    connection: Connection = this.#db.pool,
  ): Promise<Pick<Enqueued, 'ready' | 'isScheduled'>> {
    const open = jobs.filter((job) => !isLater(job) && !job.options?.concurrency).map((job) => job.tag)
    const admitted = await admitJobs(connection, jobs)
    return {
      ready: [...new Set([...open, ...admitted])],
      isScheduled: jobs.some((job) => mayWait(job) || job.options?.concurrency?.windowS !== undefined),
    }
  }

  /** Jobs that may turn out to be another one: each is looked at in the one transaction that writes them all. */
  async #writeSpecial(jobs: readonly IdentifiedJob[]): Promise<Enqueued> {
    const { ids, written, replaced } = await inTransaction(this.#db, (client) => this.#writeEach(client, jobs))
    return { ...(await this.#open(written)), isTold: false, ids, replaced }
  }

  async #writeEach(client: Connection, jobs: readonly IdentifiedJob[]) {
    const ids: string[] = []
    const written: IdentifiedJob[] = []
    const replaced: string[] = []
    for (const job of jobs) {
      const first = await takeKey(client, job)
      ids.push(first ?? job.id)
      if (first !== undefined) continue
      const { debounce } = job.options ?? {}
      const debounced = debounce ? await debounceJob(client, job, debounce) : { job, replaced: undefined }
      await this.#heads.watch(() => insertJobs(client, [debounced.job], this.#heads))
      written.push(debounced.job)
      if (debounced.replaced !== undefined) replaced.push(debounced.replaced)
    }
    return { ids, written, replaced }
  }

  #join(jobs: readonly IdentifiedJob[]): Promise<Written> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ jobs, resolve, reject })
      if (!this.#isWriting) void this.#write()
    })
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    for (let calls = this.#takeCalls(); calls.length > 0; calls = this.#takeCalls()) {
      try {
        const jobs = calls.flatMap((call) => call.jobs)
        const written = await this.#insert(jobs)
        for (const call of calls) call.resolve(written)
      } catch (error) {
        await this.#writeSingly(calls, error)
      }
    }
    this.#isWriting = false
  }

  /** One statement; jobs that it gave to a worker of this process have begun when it returns. */
  async #insert(jobs: readonly IdentifiedJob[]): Promise<Written> {
    const slots = this.#options.near?.reserve(jobs)
    const message = slots ? undefined : this.#message(jobs)
    try {
      const extras = { idle: slots, message }
      const { begun } = await this.#heads.watch(() => insertJobs(this.#db.pool, jobs, this.#heads, extras))
      slots?.begin(begun)
      return { begun: new Set(begun.map((job) => job.id)), isTold: message !== undefined }
    } catch (error) {
      if (isDataError(error)) slots?.release()
      else slots?.doubt()
      throw error
    }
  }

  /** Of few jobs that are all ready at once. A process with workers would hear of itself. */
  #message(jobs: readonly IdentifiedJob[]): string | undefined {
    const { near, carry } = this.#options
    const isQuiet = jobs.length <= TELLING_MAX && (near === undefined || near.isEmpty)
    if (!isQuiet || jobs.some((job) => mayWait(job) || job.options?.concurrency)) return undefined
    return carry?.([...new Set(jobs.map((job) => job.tag))])
  }

  /** As many whole calls as one statement takes. */
  #takeCalls(): readonly Call[] {
    let count = 0
    let rows = 0
    for (const call of this.#waiting) {
      rows += call.jobs.length
      if (rows > ENQUEUE_CHUNK) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  /**
   * One call holds what PostgreSQL refuses: the others must not suffer for it. After any other fault the statement may have been
   * committed, and a second try would find its own jobs.
   */
  async #writeSingly(calls: readonly Call[], error: unknown): Promise<void> {
    if (calls.length === 1 || !isDataError(error)) {
      for (const call of calls) call.reject(error)
      return
    }
    for (const call of calls) {
      try {
        await this.#heads.watch(() => insertJobs(this.#db.pool, call.jobs, this.#heads))
        call.resolve(PLAIN)
      } catch (fault) {
        call.reject(fault)
      }
    }
  }

  async #writeMany(jobs: readonly IdentifiedJob[]): Promise<void> {
    await inTransaction(this.#db, async (client) => {
      for (let at = 0; at < jobs.length; at += ENQUEUE_CHUNK)
        await insertJobs(client, jobs.slice(at, at + ENQUEUE_CHUNK), this.#heads)
    })
  }
}

function endReservation(slots: Reservation | undefined, begun: readonly ClaimedJob[], how: TransactionEnd): void {
  if (how === 'committed') slots?.begin(begun)
  else if (how === 'rolled back') slots?.release()
  else slots?.doubt()
}

const PLAIN: Written = { begun: new Set(), isTold: false }

function isSpecial(job: NewJob): boolean {
  return job.once !== undefined || job.options?.debounce !== undefined
}

function isDuplicate(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '23505'
}
