import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { Problem } from '@millrace/base/problem'
import type { Database } from '@millrace/db'
import { createTestDatabase } from '@millrace/db/testing'
import { makePartitions } from '../duties/make-job-partitions.ts'
import type { NewJob } from '../job.ts'
import { Keeper } from '../keeper.ts'
import type { Queue } from '../queue.ts'
import type { Canceled, CancelWish } from '../sql/cancel.ts'
import { checkHistory } from './history/check-history.ts'
import { countOutcomes, countUnfinished, noteInDatabase, readNotes } from './history/database-notes.ts'
import { History, type AskedJob, type Entry } from './history/history.ts'
import { freshTag, noop, startQueue } from './queue-fixture.ts'
import { seededRandom, type Random } from './seeded-random.ts'
import { waitUntil } from './wait-until.ts'

/** More than any job can use up: a job that fails with `WorkerLost` would hide what is looked for. */
export const ATTEMPTS_MAX = 10_000
/** How long nothing may end before a scenario counts as stuck. */
const STUCK_MS = 60_000

/** Where the database is and who closes it. */
export interface Ground {
  readonly url: string
  readonly db: Database
  drop(): Promise<void>
}

/** What a scenario is made of. */
export interface ArenaPlan {
  readonly seed: number
  readonly leaseMs: number
  /** A database of its own by default, on the server of the run. */
  readonly ground?: Ground
  /** False: other processes keep house. */
  readonly keepsHouse?: boolean
}

/** A job with an id. */
export type Identified = NewJob & { readonly id: string }

/** One database with a queue and a keeper, and clients whose calls are recorded. */
export class Arena {
  readonly url: string
  readonly db: Database
  readonly leaseMs: number
  readonly random: Random
  readonly history = new History()
  /** No other scenario uses it. */
  readonly tag = freshTag()
  readonly queue: Queue
  readonly notifier: Awaited<ReturnType<typeof startQueue>>['notifier']
  readonly #keeper: Keeper
  readonly #stopQueue: () => Promise<void>
  readonly #ground: Ground

  private constructor(plan: ArenaPlan, ground: Ground, started: Awaited<ReturnType<typeof startQueue>>) {
    this.url = ground.url
    this.db = ground.db
    this.#ground = ground
    this.leaseMs = plan.leaseMs
    this.random = seededRandom(plan.seed)
    this.queue = started.queue
    this.notifier = started.notifier
    this.#stopQueue = () => started.stop()
    const { db, notifier, leaseMs } = this
    this.#keeper = new Keeper({ db, notifier, log: silentLogger, leaseMs, retentionDays: 30 })
  }

  static async open(plan: ArenaPlan): Promise<Arena> {
    const ground = plan.ground ?? (await createTestDatabase())
    await makePartitions(ground.db)
    await noteInDatabase(ground.db)
    const arena = new Arena(plan, ground, await startQueue(ground.db))
    if (plan.keepsHouse !== false) await arena.#keeper.start()
    return arena
  }

  /** Enqueues as a client does, at this server or another one, and records what it was told. */
  async enqueue(jobs: readonly Partial<NewJob>[], who = 'client', queue = this.queue): Promise<readonly string[]> {
    const identified = jobs.map((job): Identified => ({
      ...noop(this.tag, { attemptsMax: ATTEMPTS_MAX, ...job }),
      id: job.id ?? newId(),
    }))
    const asked = identified.map(toAsked)
    return await this.history.call(who, () => queue.enqueue(identified), {
      done: () => ({ op: 'enqueue', jobs: asked, answer: 'done' }),
      failed: (error) => ({ op: 'enqueue', jobs: asked, answer: error instanceof Problem ? 'refused' : 'unknown' }),
    })
  }

  /** Cancels as a client does, and records what it was told. */
  async cancel(wish: Omit<CancelWish, 'workspaceId' | 'by'>, who = 'client'): Promise<Canceled> {
    const { ids, force = false } = wish
    return await this.history.call(who, () => this.queue.requestCancel({ workspaceId: 'admins', by: who, ...wish }), {
      done: ({ asked, ended }) => ({ op: 'cancel', ids, force, answer: { asked, ended } }),
      failed: () => ({ op: 'cancel', ids, force }),
    })
  }

  /** Waits until so many jobs have ended; `check` looks meanwhile whether it still makes sense. */
  async untilEnded(count: number, check: () => void = () => {}): Promise<void> {
    await this.#untilProgress(`${count} jobs have ended`, check, async () => (await countOutcomes(this.db)) >= count)
  }

  async untilEmpty(check: () => void = () => {}): Promise<void> {
    await this.#untilProgress('the queue is empty', check, async () => (await countUnfinished(this.db)) === 0)
  }

  /** Adds what the database noted and holds the whole history against the rules. */
  async judge(): Promise<Verdict> {
    await readNotes(this.db, this.history)
    return summarise(this.history.entries)
  }

  async close(): Promise<void> {
    await this.#keeper.stop()
    await this.#stopQueue()
    await this.#ground.drop()
  }

  async #untilProgress(what: string, check: () => void, isSo: () => Promise<boolean>): Promise<void> {
    let ended = -1
    for (;;) {
      if (await isSo()) return
      const before = await countOutcomes(this.db)
      if (before === ended) throw new Error(`${what}: no job ended in ${STUCK_MS} ms, ${ended} had`)
      ended = before
      let isOver = false
      await waitUntil(what, STUCK_MS, async () => {
        check()
        isOver = await isSo()
        return isOver || (await countOutcomes(this.db)) > before
      }).catch(() => undefined)
      check()
      if (isOver) return
    }
  }
}

/** What rules have to know of a job. */
export function toAsked(job: Identified): AskedJob {
  const { concurrency } = job.options ?? {}
  return {
    id: job.id,
    dueInMs: job.dueInMs ?? 0,
    attemptsMax: job.attemptsMax ?? 3,
    parent: job.parentJob,
    ...(concurrency && { limit: { key: concurrency.key, slots: concurrency.limit } }),
  }
}

/** What came of a scenario. */
export interface Verdict {
  /** Broken rules. */
  readonly faults: readonly string[]
  readonly acknowledged: number
  /** Acknowledged jobs without an outcome. */
  readonly lost: number
  /** Jobs with several outcomes, or with a run whose outcome was written twice. */
  readonly twice: number
  /** Runs beyond the first of a job. */
  readonly repeats: number
  /** From the loss of a worker until each of its jobs was claimed again. */
  readonly recoveriesMs: readonly number[]
}

const FAULTS_TOLD = 10

function summarise(history: readonly Entry[]): Verdict {
  const faults = checkHistory(history).map((fault) => `${fault.rule} ${fault.says}`)
  const losses = new Map<string, number[]>()
  const ends = new Map<string, number>()
  const claims = new Map<string, string>()
  const recoveriesMs: number[] = []
  const acknowledged = new Set<string>()
  const started = new Set<string>()
  let repeats = 0
  for (const entry of history) {
    if (entry.op === 'enqueue' && entry.answer === 'done') for (const { id } of entry.jobs) acknowledged.add(id)
    if (entry.op === 'lose') losses.set(entry.who, [...(losses.get(entry.who) ?? []), entry.fromMs])
    if (entry.op === 'end') ends.set(entry.id, (ends.get(entry.id) ?? 0) + 1)
    if (entry.op === 'start' && started.has(entry.id)) repeats += 1
    if (entry.op === 'start') started.add(entry.id)
    if (entry.op !== 'claim') continue
    const before = claims.get(entry.id)
    claims.set(entry.id, entry.who)
    if (before === undefined) continue
    // A worker may have been out of reach before, and come back.
    const atMs = losses.get(before)?.findLast((lostMs) => lostMs <= entry.fromMs)
    if (atMs !== undefined) recoveriesMs.push(entry.fromMs - atMs)
  }
  return {
    faults: faults.slice(0, FAULTS_TOLD),
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter((id) => !ends.has(id)).length,
    twice: [...ends.values()].filter((times) => times > 1).length,
    repeats,
    recoveriesMs,
  }
}
