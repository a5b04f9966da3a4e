import { sleep } from '@millrace/base/time'
import type { Arena } from './arena.ts'
import { below } from './seeded-random.ts'

/** What is enqueued while misfortunes strike. */
export interface LoadPlan {
  /** Jobs of a call at the most. */
  readonly batchMax: number
  readonly pauseMs: number
  /** How long a job sleeps at the most. */
  readonly msMax: number
  /** Jobs that may wait at once, so that the load does not outgrow the workers. */
  readonly backlogMax: number
}

/** A client that enqueues until it is told to stop; it lives with a database that is away, as clients must. */
export class Load {
  readonly #arena: Arena
  readonly #plan: LoadPlan
  readonly #enough = new AbortController()
  readonly #loop: Promise<void>
  #asked = 0

  constructor(arena: Arena, plan: LoadPlan) {
    this.#arena = arena
    this.#plan = plan
    this.#loop = this.#run()
  }

  /** Jobs of calls that were acknowledged. */
  get asked(): number {
    return this.#asked
  }

  async stop(): Promise<void> {
    this.#enough.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { batchMax, pauseMs, msMax } = this.#plan
    const { random } = this.#arena
    while (!this.#enough.signal.aborted) {
      const batch = Array.from({ length: 1 + below(random, batchMax) }, () => ({
        args: { ms: below(random, msMax + 1) },
      }))
      if (await this.#isRoom()) await this.#enqueue(batch)
      await sleep(pauseMs, this.#enough.signal)
    }
  }

  async #enqueue(batch: Parameters<Arena['enqueue']>[0]): Promise<void> {
    try {
      await this.#arena.enqueue(batch)
      this.#asked += batch.length
    } catch {
      // The database is away, as it should be now and then; the caller of a real enqueue gets a 503.
    }
  }

  async #isRoom(): Promise<boolean> {
    try {
      const { rows } = await this.#arena.db.pool.query<{ n: number }>('select count(*)::int as n from job_queue')
      return (rows[0]?.n ?? 0) < this.#plan.backlogMax
    } catch {
      // As above.
      return true
    }
  }
}
