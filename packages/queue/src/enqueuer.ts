import { newId } from '@millrace/base/ids'
import { Problem } from '@millrace/base/problem'
import { inTransaction, type Connection, type Database } from '@millrace/db'
import { isDataError } from './data-error.ts'
import type { NewJob } from './job.ts'
import { RememberedHeads } from './line-heads.ts'
import type { NearWorkers } from './near-workers.ts'
import { debounceJob } from './sql/debounce.ts'
import { isSameJob, takeKey } from './sql/enqueue-once.ts'
import { admitJobs, ENQUEUE_CHUNK, insertJobs, isLater, mayWait, type IdentifiedJob } from './sql/enqueue.ts'

/** What a call of `enqueue` led to. */
export interface Enqueued {
  /** In order; a call that repeats an earlier one has that one's id. */
  readonly ids: readonly string[]
  /** Tags that have ready jobs now. */
  readonly ready: readonly string[]
  /** Whether there are jobs that wait for a time now. */
  readonly isScheduled: boolean
  /** Waiting jobs that ended because a later call took their place. */
  readonly replaced: readonly string[]
}

interface Call {
  readonly jobs: readonly IdentifiedJob[]
  /** With the ids of jobs that have begun. */
  readonly resolve: (begun: ReadonlySet<string>) => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes new jobs. Calls that come while a statement is under way go out together with the next one: alone a call waits for
 * nothing, and many callers at once share one commit. It also makes fair places exact within a process, for each
 * statement sees the places that the one before it gave. A call of more jobs than a statement takes has a transaction of its own.
 */
export class Enqueuer {
  readonly #db: Database
  readonly #near: NearWorkers | undefined
  readonly #heads: RememberedHeads
  #waiting: Call[] = []
  #isWriting = false

  /** With workers of this process a job may begin as it is written (Q44). `nowMs` is a monotonic clock. */
  constructor(db: Database, { near, nowMs }: { near?: NearWorkers | undefined; nowMs?: () => number } = {}) {
    this.#db = db
    this.#near = near
    this.#heads = new RememberedHeads(nowMs)
  }

  /** Writes the jobs durably, all or none (Q1). Throws the problems `job.exists` and `job.key_reused`. */
  async enqueue(jobs: readonly NewJob[]): Promise<Enqueued> {
    const identified = jobs.map((job) => ({ ...job, id: job.id ?? newId() }))
    let begun = NONE
    try {
      if (identified.some(isSpecial)) return await this.#writeSpecial(identified)
      if (identified.length > ENQUEUE_CHUNK) await this.#writeMany(identified)
      else begun = await this.#join(identified)
    } catch (error) {
      if (!isDuplicate(error)) throw error
      const [only, ...rest] = identified
      if (only && rest.length === 0 && (await isSameJob(this.#db.pool, only)))
        return { ids: [only.id], ready: [], isScheduled: false, replaced: [] }
      throw new Problem('job.exists', 'Another job has this id: choose another job_id or leave it out.')
    }
    const waiting = identified.filter((job) => !begun.has(job.id))
    return { ...(await this.#open(waiting)), ids: identified.map((job) => job.id), replaced: [] }
  }

  /** Writes the jobs in a transaction of the caller, above workspaces; none of them has a limit or a key of its own. */
  async enqueueWithin(connection: Connection, jobs: readonly NewJob[]): Promise<Enqueued> {
    const identified = jobs.map((job) => ({ ...job, id: job.id ?? newId() }))
    const { ids, written, replaced } = await this.#writeEach(connection, identified)
    return { ...(await this.#open(written)), ids, replaced }
  }

  /** What is open to workers and to the keeper now that the jobs are written. */
  async #open(jobs: readonly IdentifiedJob[]): Promise<Pick<Enqueued, 'ready' | 'isScheduled'>> {
    const open = jobs.filter((job) => !isLater(job) && !job.options?.concurrency).map((job) => job.tag)
    const admitted = await admitJobs(this.#db.pool, jobs)
    return {
      ready: [...new Set([...open, ...admitted])],
      isScheduled: jobs.some((job) => mayWait(job) || job.options?.concurrency?.windowS !== undefined),
    }
  }

  /** Jobs that may turn out to be another one: each is looked at in the one transaction that writes them all. */
  async #writeSpecial(jobs: readonly IdentifiedJob[]): Promise<Enqueued> {
    const { ids, written, replaced } = await inTransaction(this.#db, (client) => this.#writeEach(client, jobs))
    return { ...(await this.#open(written)), ids, replaced }
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

  #join(jobs: readonly IdentifiedJob[]): Promise<ReadonlySet<string>> {
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
        const begun = await this.#insert(jobs)
        for (const call of calls) call.resolve(begun)
      } catch (error) {
        await this.#writeSingly(calls, error)
      }
    }
    this.#isWriting = false
  }

  /** One statement; jobs that it gave to a worker of this process have begun when it returns. */
  async #insert(jobs: readonly IdentifiedJob[]): Promise<ReadonlySet<string>> {
    const slots = this.#near?.reserve(jobs)
    try {
      const { begun } = await this.#heads.watch(() => insertJobs(this.#db.pool, jobs, this.#heads, slots))
      slots?.begin(begun)
      return new Set(begun.map((job) => job.id))
    } catch (error) {
      if (isDataError(error)) slots?.release()
      else slots?.doubt()
      throw error
    }
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
        call.resolve(NONE)
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

const NONE: ReadonlySet<string> = new Set()

function isSpecial(job: NewJob): boolean {
  return job.once !== undefined || job.options?.debounce !== undefined
}

function isDuplicate(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '23505'
}
