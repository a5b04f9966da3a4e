import type { Room } from './claimer.ts'
import type { Followers } from './followers.ts'
import type { JobsAhead } from './jobs-ahead.ts'
import type { LentSlots } from './lent-slots.ts'
import type { ReservedSlots } from './reserved-slots.ts'
import type { Run } from './run.ts'
import type { WorkerTerms } from './sql/worker-lease.ts'

/** What a worker holds, and what it may hold. */
export interface Holdings {
  terms(): WorkerTerms
  /** MiB that all running jobs together may need; undefined is no limit. */
  readonly memoryMb: number | undefined
  readonly running: ReadonlyMap<string, Run>
  readonly ahead: JobsAhead
  readonly reserved: ReservedSlots
  readonly lent: LentSlots
  readonly followers: Followers
}

/** How much more a worker may take: by its slots, by the runs that are left to it, and by its memory. */
export class Capacity {
  readonly #of: Holdings
  /** Runs that ended. */
  executed = 0

  constructor(holdings: Holdings) {
    this.#of = holdings
  }

  get busySlots(): number {
    const { running, lent, followers } = this.#of
    return running.size - lent.count - followers.count
  }

  get freeSlots(): number {
    return this.#of.terms().slots - this.busySlots - this.#of.reserved.count
  }

  /** Runs that it may still begin; jobs that others wait for are begun in any case. */
  get runsLeft(): number {
    const { terms, running, reserved } = this.#of
    return (terms().jobsMax ?? Infinity) - this.executed - running.size - reserved.count
  }

  /** Whether it has run all that it may. */
  get isSpent(): boolean {
    const { running, reserved } = this.#of
    return this.runsLeft + reserved.count <= 0 && running.size === 0
  }

  /** Memory that is free for further jobs. */
  get memory(): Omit<Room, 'limit'> {
    const { memoryMb, running, ahead, reserved } = this.#of
    const isIdle = running.size === 0 && ahead.length === 0 && reserved.count === 0
    if (memoryMb === undefined) return { memoryFreeMb: undefined, isIdle }
    const held = [...[...running.values()].map(({ job }) => job), ...ahead.all()]
    const heldMb = held.reduce((sum, job) => sum + job.memoryMb, reserved.memoryMb)
    return { memoryFreeMb: Math.max(0, memoryMb - heldMb), isIdle }
  }
}
