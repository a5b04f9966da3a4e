import { isDeepStrictEqual } from 'node:util'
import { newId } from '@millrace/base/ids'
import { invariant } from '@millrace/base/invariant'
import type { Database } from '@millrace/db'
import { ClaimPolicy, type ClaimTerms } from '../claim-policy.ts'
import { Enqueuer } from '../enqueuer.ts'
import type { ClaimedJob, NewJob, Outcome } from '../job.ts'
import { cancelJobs } from '../sql/cancel.ts'
import { claimJobs } from '../sql/claim.ts'
import { completeJobs } from '../sql/complete.ts'
import { settleKeys } from '../sql/enqueue.ts'
import { promoteDueJobs } from '../sql/promote.ts'
import { rescueLostJobs } from '../sql/rescue.ts'
import { handBackJobs, registerWorker } from '../sql/worker-lease.ts'
import { claimedOf, type ModelClaim, type ModelQueue } from './model-queue.ts'
import type { ModelJob, QueueRow } from './queue-row.ts'

/** Long enough that no time of the sequence passes by itself: it moves the times of rows instead. */
const LONG_MS = 3_600_000
const SHIFT_MS = 48 * LONG_MS
const SUCCESS: Outcome = { status: 'success', resultJson: 'null' }

/** A worker of both queues. Its policy is kept twice, for each queue has places of its own. */
export interface TwinWorker {
  readonly uuid: string
  readonly number: number
  readonly policy: ClaimPolicy
  readonly modelPolicy: ClaimPolicy
  readonly held: Twin[]
}

/** A job that a worker holds, in both queues. */
export interface Twin {
  readonly job: ClaimedJob
  readonly claim: ModelClaim
}

/**
 * The statements of the queue on a database and the model of them, side by side: each method does the same to both and throws
 * where they differ, in what is returned or in any row. Places are compared by the order they make.
 */
export class TwinQueues {
  readonly #db: Database
  readonly #model: ModelQueue
  readonly #enqueuer: Enqueuer
  readonly #nowMs: () => number
  readonly #uuids: string[] = []
  readonly #rows = new Map<string, QueueRow>()
  readonly #startedAt = Date.now()
  #workers = 0

  constructor(db: Database, model: ModelQueue, nowMs: () => number) {
    this.#db = db
    this.#model = model
    this.#enqueuer = new Enqueuer(db, { nowMs })
    this.#nowMs = nowMs
  }

  async register(tags: readonly string[]): Promise<TwinWorker> {
    const uuid = newId()
    const info = { id: uuid, name: uuid, tags, slots: 1, sandbox: 'none', isolated: false, notice: undefined }
    await registerWorker(this.#db, { ...info, version: 'test' })
    const number = (this.#workers += 1)
    this.#model.register(number)
    return { uuid, number, policy: new ClaimPolicy(tags), modelPolicy: new ClaimPolicy(tags), held: [] }
  }

  /** The due time of a job is `LONG_MS` or more ahead, and comes by `passTime`. */
  async enqueue(jobs: readonly ModelJob[]): Promise<readonly QueueRow[]> {
    const known = jobs.map((job) => this.#newJob(job))
    await this.#enqueuer.enqueue(known)
    const rows = this.#model.enqueue(jobs)
    for (const [index, { id }] of known.entries()) {
      const row = rows[index]
      invariant(row, 'the model enqueues every job')
      this.#uuids[row.id] = id
      this.#rows.set(id, row)
    }
    return rows
  }

  async claim(worker: TwinWorker, limit: number, patienceMs: number): Promise<void> {
    const terms = worker.policy.terms(this.#nowMs())
    const modelTerms = worker.modelPolicy.terms(this.#nowMs())
    const jobs = await claimJobs(this.#db, { workerId: worker.uuid, limit, patienceMs, ...wishOf(terms) })
    const claims = this.#model.claim({ worker: worker.number, limit, patienceMs, ...wishOf(modelTerms) })
    same(
      'claimed jobs',
      jobs.map((job) => `${job.id} ${job.attempt}`),
      claims.map(({ row, attempt }) => `${this.#uuid(row)} ${attempt}`),
    )
    const made = { wanted: limit, beganMs: this.#nowMs(), endedMs: this.#nowMs() }
    worker.policy.claimed(terms, { ...made, jobs })
    worker.modelPolicy.claimed(modelTerms, { ...made, jobs: claims.map(claimedOf) })
    for (const [index, job] of jobs.entries()) {
      const claim = claims[index]
      if (claim) worker.held.push({ job, claim })
    }
  }

  async complete(worker: TwinWorker, twins: readonly Twin[]): Promise<void> {
    const completions = twins.map(({ job }) => ({ job, outcome: SUCCESS }))
    const { written, ready } = await completeJobs(this.#db, { id: worker.uuid, name: worker.uuid }, completions)
    const model = this.#model.complete(worker.number, claimsOf(twins))
    sameSet('completed jobs', [...written], this.#uuidsOf(model.ended))
    sameSet('tags that are ready after a completion', ready, model.ready)
  }

  async handBack(worker: TwinWorker, twins: readonly Twin[]): Promise<void> {
    await handBackJobs(
      this.#db,
      worker.uuid,
      twins.map(({ job }) => job),
    )
    this.#model.handBack(worker.number, claimsOf(twins))
  }

  async cancel(rows: readonly QueueRow[]): Promise<void> {
    const ids = this.#uuidsOf(rows)
    const { asked, ended, ready } = await cancelJobs(this.#db, { workspaceId: undefined, ids, by: 'tester' })
    const model = this.#model.cancel(rows)
    sameSet('asked jobs', asked, this.#uuidsOf(model.asked))
    sameSet('cancelled jobs', ended, this.#uuidsOf(model.ended))
    sameSet('tags that are ready after a cancel', ready, model.ready)
  }

  /** Brings the scheduled jobs that are due until then, in the time of the model, into the past; they are ready after `promote`. */
  async passTime(untilMs: number, scheduled: readonly QueueRow[]): Promise<void> {
    const until = new Date(this.#startedAt + untilMs)
    await this.#db.pool.query(
      `update job_queue set due_at = due_at - $2 * interval '1 millisecond' where state = 'scheduled' and due_at <= $1`,
      [until, SHIFT_MS],
    )
    for (const row of scheduled) if (row.dueAtMs <= untilMs) row.dueAtMs -= SHIFT_MS
  }

  async promote(limit: number): Promise<void> {
    const { tags } = await promoteDueJobs(this.#db, limit)
    sameSet('promoted tags', tags, this.#model.promote(limit))
  }

  /** Ends all time windows of a key and lets others in. */
  async endWindows(key: string): Promise<void> {
    await this.#db.pool.query(`update concurrency_slot set free_at = '2000-01-01' where key = $1`, [key])
    this.#model.keys.endWindows(key)
    sameSet('admitted tags', await settleKeys(this.#db.pool, [key]), this.#model.settle([key]))
  }

  async rescue(worker: TwinWorker): Promise<void> {
    await this.#db.pool.query(`update worker set last_seen_at = '2000-01-01' where id = $1`, [worker.uuid])
    const { requeued, ended, ready } = await rescueLostJobs(this.#db, LONG_MS)
    const model = this.#model.rescue(worker.number)
    sameSet('rescued jobs', ids(requeued), this.#uuidsOf(model.requeued))
    sameSet('lost jobs', ended, this.#uuidsOf(model.ended))
    sameSet('tags that are ready after a rescue', ready, model.ready)
  }

  /** Compares all rows: their states, and the order in which they stand. */
  async compare(): Promise<void> {
    const { rows } = await this.#db.pool.query<{ id: string; line: string }>(
      `select id, concat_ws(' ', state, attempt, tag, priority) as line from job_queue
       order by state, tag, priority desc, case when state = 'scheduled' then due_at end, fair, id`,
    )
    const left = [...this.#rows.values()].filter((row) => row.state !== 'over')
    const model = left.sort(byState).map((row) => ({ id: this.#uuid(row), line: lineOf(row) }))
    same('rows', rows, model)
  }

  #newJob(job: ModelJob): NewJob & { readonly id: string } {
    return {
      id: newId(),
      workspaceId: job.tenant,
      kind: 'noop',
      tag: job.tag,
      priority: job.priority,
      attemptsMax: job.attemptsMax,
      createdBy: 'tester',
      email: 't@example.org',
      permissionedAs: 'u/tester',
      ...(job.dueAtMs !== undefined && { dueAt: new Date(this.#startedAt + job.dueAtMs) }),
      options: { concurrency: job.concurrency },
    }
  }

  #uuid(row: QueueRow): string {
    return this.#uuids[row.id] ?? ''
  }

  #uuidsOf(rows: readonly QueueRow[]): readonly string[] {
    return rows.map((row) => this.#uuid(row))
  }
}

function wishOf({ tags, floors, aged }: ClaimTerms): Pick<ClaimTerms, 'tags' | 'floors' | 'aged'> {
  return { tags, floors, aged }
}

function claimsOf(twins: readonly Twin[]): readonly ModelClaim[] {
  return twins.map(({ claim }) => claim)
}

function ids(rows: readonly { readonly id: string }[]): readonly string[] {
  return rows.map((row) => row.id)
}

function lineOf({ state, attempt, job }: QueueRow): string {
  return `${state} ${attempt} ${job.tag} ${job.priority}`
}

function byState(a: QueueRow, b: QueueRow): number {
  const dueFirst = a.state === 'scheduled' && b.state === 'scheduled' ? a.dueAtMs - b.dueAtMs : 0
  return (
    a.state.localeCompare(b.state) ||
    a.job.tag.localeCompare(b.job.tag) ||
    b.job.priority - a.job.priority ||
    dueFirst ||
    a.fair - b.fair ||
    a.id - b.id
  )
}

function sameSet(what: string, database: Iterable<string>, model: Iterable<string>): void {
  same(what, [...new Set(database)].sort(), [...new Set(model)].sort())
}

function same(what: string, database: readonly unknown[], model: readonly unknown[]): void {
  if (isDeepStrictEqual(database, model)) return
  const at = database.findIndex((value, index) => !isDeepStrictEqual(value, model[index]))
  const show = (values: readonly unknown[]) => JSON.stringify(values.slice(Math.max(0, at - 1), at + 2))
  throw new Error(
    `${what} differ at ${at} of ${database.length}: the database has ${show(database)}, the model ${show(model)}`,
  )
}
