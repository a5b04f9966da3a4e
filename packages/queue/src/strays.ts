import type { ConsumerOptions } from './consumer-options.ts'
import { handBackStrays } from './sql/worker-lease.ts'

/** The worker whose jobs they are. */
export interface StrayOwner {
  readonly options: Pick<ConsumerOptions, 'db' | 'worker' | 'leaseMs' | 'notifier' | 'log'>
  /** Ids of all jobs that it knows it holds. */
  inHand(): readonly string[]
  /** Resolves when no statement is under way that may bring it jobs. */
  settled(): Promise<void>
}

/**
 * Jobs of a claim whose answer was lost: if it was committed, the worker holds them and nobody knows of them (Q21). While they are
 * looked for, nothing may be claimed: it would be taken for one.
 */
export class Strays {
  readonly #owner: StrayOwner
  /** When a claim last failed. */
  #sinceMs: number | undefined
  #isClearing = false

  constructor(owner: StrayOwner) {
    this.#owner = owner
  }

  /** Whether there may be some. */
  get areLikely(): boolean {
    return this.#sinceMs !== undefined
  }

  get isClearing(): boolean {
    return this.#isClearing
  }

  /** An answer was lost. */
  doubt(): void {
    this.#sinceMs = performance.now()
  }

  /** Hands them back; again and again for the length of a lease, for a claim may be committed late. */
  async clear(): Promise<void> {
    const { db, worker, leaseMs, notifier, log } = this.#owner.options
    this.#isClearing = true
    await this.#owner.settled()
    try {
      const tags = await handBackStrays(db, worker.id, () => this.#owner.inHand())
      if (tags.length > 0) notifier.tell('returned', tags)
      if (performance.now() - (this.#sinceMs ?? 0) > leaseMs) this.#sinceMs = undefined
    } catch (error) {
      log.warn({ err: error }, 'jobs of a failed claim cannot be looked for')
    }
    this.#isClearing = false
  }
}
