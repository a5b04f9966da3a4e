import type { Database, Through } from '@millrace/db'
import { ClaimPolicy, PATIENCE_MS } from './claim-policy.ts'
import type { ClaimedJob } from './job.ts'
import { claimJobs } from './sql/claim.ts'
import type { WorkerTerms } from './sql/worker-lease.ts'

/** How many jobs may be claimed, and the memory that is free for them in MiB (undefined: any). */
export interface Room {
  readonly limit: number
  readonly memoryFreeMb: number | undefined
  /** Nothing is in hand: the first job is taken whatever memory it needs. */
  readonly isIdle: boolean
}

/** Claims for a worker: tags of the highest rank first, those of the next one when the ranks above have nothing. */
export class Claimer {
  readonly #db: Database
  readonly #workerId: string
  /** One for each rank, the highest first. */
  #policies: readonly ClaimPolicy[] = []

  constructor(db: Database, workerId: string, terms: WorkerTerms) {
    this.#db = db
    this.#workerId = workerId
    this.serve(terms)
  }

  /** Other tags or ranks hold from the next claim on. */
  serve({ tags, ranks = {} }: WorkerTerms): void {
    const byRank = Map.groupBy(tags, (tag) => (Object.hasOwn(ranks, tag) ? ranks[tag] : undefined) ?? 0)
    this.#policies = [...byRank].sort(([a], [b]) => b - a).map(([, same]) => new ClaimPolicy(same))
  }

  /** Jobs of the tags (none: any) were handed back to the places they had. */
  returned(tags: readonly string[]): void {
    for (const policy of this.#policies) policy.returned(tags)
  }

  /** Jobs became ready. */
  told(): void {
    for (const policy of this.#policies) policy.told()
  }

  /** Whether jobs may be ready that the last claim could not see. */
  get hasNews(): boolean {
    return this.#policies.some((policy) => policy.hasNews)
  }

  /** Milliseconds until it may look for news although there is enough in hand; 0 is now. */
  lookDueInMs(nowMs: number): number {
    return Math.min(...this.#policies.filter((policy) => policy.hasNews).map((policy) => policy.lookDueInMs(nowMs)))
  }

  /** Whether a look from the front is due before the worker rests for long. */
  get owesFull(): boolean {
    return this.#policies.some((policy) => policy.owesFull)
  }

  /** `through` is where the first statement goes, for the highest rank. */
  async claim(room: Room, through: Through = this.#db): Promise<readonly ClaimedJob[]> {
    const jobs: ClaimedJob[] = []
    for (const [rank, policy] of this.#policies.entries()) {
      const db = rank === 0 ? through : this.#db
      if (jobs.length < room.limit) jobs.push(...(await this.#claimRank(db, policy, less(room, jobs))))
    }
    return jobs
  }

  async #claimRank(db: Through, policy: ClaimPolicy, room: Room): Promise<readonly ClaimedJob[]> {
    const beganMs = performance.now()
    const terms = policy.terms(beganMs)
    const { tags, floors, aged } = terms
    const wish = { workerId: this.#workerId, tags, floors, aged, patienceMs: PATIENCE_MS, ...room }
    const jobs = await claimJobs(db, wish)
    policy.claimed(terms, { wanted: room.limit, jobs, beganMs, endedMs: performance.now() })
    return jobs
  }
}

/** What is left of a room when these jobs are in it. */
function less({ limit, memoryFreeMb, isIdle }: Room, jobs: readonly ClaimedJob[]): Room {
  const needMb = jobs.reduce((sum, job) => sum + job.memoryMb, 0)
  return {
    limit: limit - jobs.length,
    memoryFreeMb: memoryFreeMb === undefined ? undefined : Math.max(0, memoryFreeMb - needMb),
    isIdle: isIdle && jobs.length === 0,
  }
}
