import type { ConsumerOptions } from './consumer-options.ts'
import type { Room } from './claimer.ts'
import type { ClaimedJob } from './job.ts'

/** The worker that looks in. */
export interface LookingWorker {
  readonly options: Pick<ConsumerOptions, 'log'>
  /** For how many jobs it may ask beside a claim that is under way, and what for; 0 where there is none, or nothing is due. */
  room(): Room
  claim(room: Room): Promise<readonly ClaimedJob[]>
  /** Takes jobs that it holds in hand. */
  take(jobs: readonly ClaimedJob[]): Promise<void>
  /** It may hold jobs that it does not know. */
  doubt(): void
}

/**
 * Looks for a few jobs beside a claim of hundreds that is under way: what has become ready since that one began would wait for its end, and
 * then for another one's (Q47). One at a time.
 */
export class LookIns {
  readonly #worker: LookingWorker
  #looking: Promise<void> | undefined

  constructor(worker: LookingWorker) {
    this.#worker = worker
  }

  get areUnderWay(): boolean {
    return this.#looking !== undefined
  }

  /** Jobs became ready. */
  told(): void {
    const room = this.#worker.room()
    if (this.#looking || room.limit <= 0) return
    this.#looking = this.#look(room).finally(() => {
      this.#looking = undefined
      // News that came meanwhile is not about what it saw.
      this.told()
    })
  }

  async #look(room: Room): Promise<void> {
    try {
      await this.#worker.take(await this.#worker.claim(room))
    } catch (error) {
      this.#worker.options.log.warn({ err: error }, 'jobs cannot be looked for')
      this.#worker.doubt()
    }
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    while (this.#looking) await this.#looking
  }
}
