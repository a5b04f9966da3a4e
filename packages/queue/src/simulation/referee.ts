import type { ClaimTerms } from '../claim-policy.ts'
import { BusyTime } from './busy-time.ts'
import type { EventLoop } from './event-loop.ts'
import { History } from './history.ts'
import { floorOf } from './claim-walk.ts'
import type { ModelClaim } from './model-queue.ts'
import type { LineWatch } from './line-watch.ts'
import { byPlace, type QueueRow } from './queue-row.ts'
import type { ReadyLines } from './ready-lines.ts'

const FAULTS_KEPT = 10

/** What the referee has seen of a concurrency key; by claims and ends, not by the queue's own account. */
interface KeyRecord {
  readonly limit: number
  readonly windowMs: number
  readonly held: Set<QueueRow>
  /** Starts of jobs that have ended, within the window. */
  starts: number[]
  heldMax: number
  readonly busy: BusyTime
}

/**
 * Watches a simulation from outside and holds it against the rules: every accepted job ends once; no job runs in two places; no
 * key has more jobs running than its limit, or more starts in its window; a claim takes what stands first. It counts
 * by its own books and asks the queue for nothing but what is ready.
 */
export class Referee {
  readonly #loop: EventLoop
  readonly #lines: ReadyLines
  readonly #watch: LineWatch
  readonly #history = new History()
  readonly #faults: string[] = []
  #faultCount = 0
  /** By the id of a job: who runs it, and whether it is accepted (1) or over (2). */
  readonly #runsOn: number[] = []
  readonly #stage: number[] = []
  readonly #keys = new Map<string, KeyRecord>()
  readonly #busy = new Map<number, BusyTime>()
  readonly #waits = new Map<string | number, number[]>()
  readonly counts = {
    accepted: 0,
    ended: 0,
    claims: 0,
    emptyClaims: 0,
    claimed: 0,
    jumped: 0,
    startedAgain: 0,
    returned: 0,
  }

  constructor(loop: EventLoop, lines: ReadyLines, watch: LineWatch) {
    this.#loop = loop
    this.#lines = lines
    this.#watch = watch
  }

  /** What broke a rule; the first ones in words. */
  get faults(): readonly string[] {
    const more = this.#faultCount - this.#faults.length
    return more > 0 ? [...this.#faults, `and ${more} more`] : this.#faults
  }

  digest(): string {
    return this.#history.digest()
  }

  accepted(rows: readonly QueueRow[]): void {
    for (const row of rows) {
      this.counts.accepted += 1
      this.#stage[row.id] = 1
      this.#history.add('accepted', this.#loop.nowMs, row.id, 0)
    }
  }

  claimed(worker: number, claims: readonly ModelClaim[], terms: Pick<ClaimTerms, 'floors' | 'aged'>): void {
    this.counts.claims += 1
    if (claims.length === 0) this.counts.emptyClaims += 1
    for (const { row } of claims) {
      this.counts.claimed += 1
      this.#history.add('claimed', this.#loop.nowMs, row.id, worker)
      if (this.#stage[row.id] !== 1) this.#fault(`job ${row.id} was claimed and is not waiting`)
      this.#occupy(row)
      this.#watch.note(row)
    }
    this.#judgeOrder(claims, terms)
  }

  started(row: QueueRow, worker: number): void {
    this.#history.add('started', this.#loop.nowMs, row.id, worker)
    const other = this.#runsOn[row.id]
    if (other) this.#fault(`job ${row.id} was started by worker ${worker} while worker ${other} ran it`)
    if (row.attempt > 1) this.counts.startedAgain += 1
    else this.#noteWait(row)
    this.#runsOn[row.id] = worker
  }

  stopped(row: QueueRow, worker: number, startedAtMs: number): void {
    this.#history.add('stopped', this.#loop.nowMs, row.id, worker)
    this.#runsOn[row.id] = 0
    this.busyOf(worker).add(startedAtMs, this.#loop.nowMs)
    if (row.job.concurrency) this.#keys.get(row.job.concurrency.key)?.busy.add(startedAtMs, this.#loop.nowMs)
  }

  /** Rows that were handed back, or taken from a worker that was lost. */
  returned(rows: readonly QueueRow[]): void {
    for (const row of rows) {
      this.counts.returned += 1
      this.#history.add('returned', this.#loop.nowMs, row.id, 0)
      this.#vacate(row, undefined)
    }
  }

  ended(rows: readonly QueueRow[]): void {
    for (const row of rows) {
      this.counts.ended += 1
      this.#history.add('ended', this.#loop.nowMs, row.id, row.worker ?? 0)
      if (this.#stage[row.id] !== 1) this.#fault(`job ${row.id} ended twice or was never accepted`)
      this.#stage[row.id] = 2
      this.#vacate(row, row.startedAtMs)
    }
  }

  /** To be called when nothing is left to do. */
  judgeEnd(rowsLeft: number, slotsHeld: number): void {
    if (rowsLeft > 0) this.#fault(`${rowsLeft} rows are left in the queue`)
    if (slotsHeld > 0) this.#fault(`${slotsHeld} slots of keys are held by nobody`)
    this.#stage.forEach((stage, id) => {
      if (stage === 1) this.#fault(`job ${id} never ended`)
    })
  }

  busyOf(worker: number): BusyTime {
    const known = this.#busy.get(worker) ?? new BusyTime()
    this.#busy.set(worker, known)
    return known
  }

  /** Of a key: its busy time, and the most jobs that it had at once. */
  ofKey(key: string): Pick<KeyRecord, 'busy' | 'heldMax'> | undefined {
    return this.#keys.get(key)
  }

  /** From when a job was due until it was first started, in milliseconds, of all jobs of a tenant or of a priority (a number), sorted. */
  waitsMs(of: string | number): Float64Array {
    return Float64Array.from(this.#waits.get(of) ?? []).sort()
  }

  #noteWait({ job, dueAtMs }: QueueRow): void {
    for (const name of [job.tenant, job.priority]) {
      const waits = this.#waits.get(name)
      if (waits) waits.push(this.#loop.nowMs - dueAtMs)
      else this.#waits.set(name, [this.#loop.nowMs - dueAtMs])
    }
  }

  #occupy(row: QueueRow): void {
    const limit = row.job.concurrency
    if (!limit) return
    const windowMs = (limit.windowS ?? 0) * 1000
    const fresh = {
      limit: limit.limit,
      windowMs,
      held: new Set<QueueRow>(),
      starts: [],
      heldMax: 0,
      busy: new BusyTime(),
    }
    const key: KeyRecord = this.#keys.get(limit.key) ?? fresh
    this.#keys.set(limit.key, key)
    key.held.add(row)
    key.starts = key.starts.filter((startedAtMs) => startedAtMs + windowMs > this.#loop.nowMs)
    const taken = key.held.size + key.starts.length
    key.heldMax = Math.max(key.heldMax, taken)
    if (taken > key.limit) this.#fault(`key ${limit.key} has ${taken} jobs where ${key.limit} are allowed`)
  }

  #vacate(row: QueueRow, startedAtMs: number | undefined): void {
    const key = row.job.concurrency && this.#keys.get(row.job.concurrency.key)
    if (!key?.held.delete(row)) return
    if (startedAtMs !== undefined && key.windowMs > 0) key.starts.push(startedAtMs)
  }

  /** Within a class nothing that stands before a claimed job is left behind; above it only where the claim looks for aged jobs. */
  #judgeOrder(claims: readonly ModelClaim[], { floors, aged }: Pick<ClaimTerms, 'floors' | 'aged'>): void {
    let jumped = 0
    for (const { row } of claims) {
      const { tag, priority } = row.job
      for (const line of this.#lines.ofTag(tag)) {
        const { first, last } = line.rows
        if (!first || !last || line.priority < priority) continue
        if (line.priority > priority) {
          if (last.fair < floorOf(line, floors)) continue
          jumped += 1
          break
        }
        if (floors.size === 0 && byPlace(first, row) < 0)
          this.#fault(`job ${row.id} was claimed before job ${first.id} of its line`)
      }
    }
    this.counts.jumped += jumped
    if (jumped > aged) this.#fault(`${jumped} jobs were claimed before jobs of a higher priority where ${aged} may be`)
  }

  #fault(what: string): void {
    this.#faultCount += 1
    if (this.#faults.length < FAULTS_KEPT) this.#faults.push(`at ${this.#loop.nowMs.toFixed(3)} ms: ${what}`)
  }
}
