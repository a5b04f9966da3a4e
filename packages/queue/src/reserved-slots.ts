import type { Room } from './claimer.ts'
import type { ClaimedJob, NewJob } from './job.ts'
import type { NearWorker, Reservation } from './near-workers.ts'
import { mayWait } from './sql/enqueue.ts'

/** Of a call with more jobs it is a claim that says which go first. */
const JOBS_MAX = 16

/** The worker whose slots they are. */
export interface SlotOwner {
  readonly workerId: string
  tags(): readonly string[]
  /** Room for jobs that begin at once; 0 where it does not know that nothing is ready, unless they follow jobs. */
  room(follows: readonly string[] | undefined): Room
  /** Takes jobs that it holds, maybe none; never rejects, and is awaited before the worker ends. */
  begin(jobs: readonly ClaimedJob[]): Promise<void>
  /** It may hold jobs that it does not know. */
  doubt(): void
}

/** Slots of a worker that are kept for jobs which are being enqueued in its process (Q44, Q45). */
export class ReservedSlots implements NearWorker {
  readonly #owner: SlotOwner
  readonly #pending = new Set<Promise<void>>()
  #count = 0
  #memoryMb = 0

  constructor(owner: SlotOwner) {
    this.#owner = owner
  }

  get count(): number {
    return this.#count
  }

  /** What the jobs need that they are kept for. */
  get memoryMb(): number {
    return this.#memoryMb
  }

  reserve(jobs: readonly NewJob[], follows?: readonly string[]): Reservation | undefined {
    const { workerId } = this.#owner
    const tags = this.#owner.tags()
    if (jobs.length === 0 || jobs.length > JOBS_MAX || !jobs.every((job) => tags.includes(job.tag) && canBegin(job)))
      return undefined
    const needMb = jobs.reduce((sum, job) => sum + (job.memoryMb ?? 0), 0)
    if (!hasRoom(this.#owner.room(follows), jobs.length, needMb)) return undefined

    this.#count += jobs.length
    this.#memoryMb += needMb
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#pending.add(promise)
    const settle = async (begun: readonly ClaimedJob[]) => {
      this.#count -= jobs.length
      this.#memoryMb -= needMb
      await this.#owner.begin(begun)
      this.#pending.delete(promise)
      resolve()
    }
    return {
      workerId,
      tags,
      begin: (begun) => void settle(begun),
      release: () => void settle([]),
      doubt: () => {
        this.#owner.doubt()
        void settle([])
      },
    }
  }

  /** Resolves when none is kept and what began is taken. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }
}

/** Jobs with a limit of their own, or one that a clock decides on, wait for their turn as ever. */
function canBegin(job: NewJob): boolean {
  return !mayWait(job) && !job.options?.concurrency
}

/** As a claim decides: what fits, and one job whatever it needs where nothing is in hand (Q27). */
function hasRoom({ limit, memoryFreeMb, isIdle }: Room, count: number, needMb: number): boolean {
  if (count > limit) return false
  return memoryFreeMb === undefined || needMb <= memoryFreeMb || (isIdle && count === 1)
}
