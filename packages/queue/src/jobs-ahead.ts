import type { ClaimedJob } from './job.ts'

/** The jobs of one tenant that were claimed ahead, the next one at `at`. */
interface Lane {
  readonly jobs: ClaimedJob[]
  at: number
  /** When it is its turn, in jobs begun. */
  turn: number
}

/**
 * Jobs that a worker has claimed and not begun. They begin by priority, and among equals tenants take turns, so that a job that was
 * claimed last does not wait behind hundreds of another tenant's. What each tenant gets in the long run is decided by
 * what is claimed, which is by weight; here it is only who goes first.
 */
export class JobsAhead {
  readonly #lanes = new Map<string, Lane>()
  #length = 0
  #begun = 0

  get length(): number {
    return this.#length
  }

  /** Puts it behind its equals; one that is put back goes before them. */
  add(job: ClaimedJob, { isBack = false } = {}): void {
    const lane = this.#lanes.get(job.workspaceId) ?? { jobs: [], at: 0, turn: this.#begun }
    this.#lanes.set(job.workspaceId, lane)
    this.#length += 1
    const { jobs } = lane
    // What was begun is let go of now and then, not at every job.
    if (lane.at > 500) jobs.splice(0, lane.at)
    if (lane.at > 500) lane.at = 0
    let at = jobs.length
    const goesBefore = (other: ClaimedJob) => (isBack ? other.priority <= job.priority : other.priority < job.priority)
    for (let before = jobs[at - 1]; at > lane.at && before && goesBefore(before); before = jobs[at - 1]) at -= 1
    if (at === jobs.length) jobs.push(job)
    else jobs.splice(at, 0, job)
  }

  /** The next one to begin, which stays. */
  peek(): ClaimedJob | undefined {
    const lane = this.#next()
    return lane?.jobs[lane.at]
  }

  /** The next one to begin. */
  take(): ClaimedJob | undefined {
    const lane = this.#next()
    const job = lane?.jobs[lane.at]
    if (!lane || !job) return undefined
    this.#begun = Math.max(this.#begun, lane.turn)
    lane.turn = this.#begun + 1
    lane.at += 1
    this.#length -= 1
    if (lane.at === lane.jobs.length) this.#lanes.delete(job.workspaceId)
    return job
  }

  /** Takes out those with these ids, at most so many. */
  takeThese(ids: ReadonlySet<string>, limit: number): readonly ClaimedJob[] {
    const taken = this.all()
      .filter((job) => ids.has(job.id))
      .slice(0, limit)
    if (taken.length === 0) return taken
    const rest = this.takeAll().filter((job) => !taken.includes(job))
    for (const job of rest) this.add(job)
    return taken
  }

  takeAll(): readonly ClaimedJob[] {
    const jobs = this.all()
    this.#lanes.clear()
    this.#length = 0
    return jobs
  }

  all(): readonly ClaimedJob[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.jobs.slice(lane.at))
  }

  has(id: string): boolean {
    return this.all().some((job) => job.id === id)
  }

  #next(): Lane | undefined {
    let best: Lane | undefined
    for (const lane of this.#lanes.values()) if (!best || comesBefore(lane, best)) best = lane
    return best
  }
}

function comesBefore(one: Lane, other: Lane): boolean {
  const [mine, theirs] = [one.jobs[one.at]?.priority ?? 0, other.jobs[other.at]?.priority ?? 0]
  return mine === theirs ? one.turn < other.turn : mine > theirs
}
