import type { Room } from './claimer.ts'

/** What a worker has for jobs that go on with flows. */
export interface FollowingLoad extends Omit<Room, 'limit'> {
  /** Free ones, and those of the jobs that are let go of. */
  readonly slots: number
  /** Runs that it may still begin; Infinity is any number. */
  readonly runsLeft: number
  readonly isClaiming: boolean
}

/** Room for them (Q50): a claim under way may take all memory and all runs. Whether somebody waits the statement sees that writes them. */
export function roomToFollow({ slots, runsLeft, isClaiming, memoryFreeMb, isIdle }: FollowingLoad): Room {
  if (!isClaiming) return { limit: Math.min(slots, runsLeft), memoryFreeMb, isIdle }
  return {
    limit: runsLeft === Infinity ? slots : 0,
    memoryFreeMb: memoryFreeMb === undefined ? undefined : 0,
    isIdle: false,
  }
}
