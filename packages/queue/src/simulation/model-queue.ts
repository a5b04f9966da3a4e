import type { Claimed } from '../claim-policy.ts'
import { walkLines, type ModelWish } from './claim-walk.ts'
import { ConcurrencyKeys } from './concurrency-keys.ts'
import { byDueTime, queueRow, type ModelJob, type QueueRow } from './queue-row.ts'
import { placesOf, ReadyLines, type Line } from './ready-lines.ts'
import { SortedRun } from './sorted-run.ts'

/** Rows in one statement at the most, as `ENQUEUE_CHUNK`. */
const CHUNK = 1000

/** A run in the hands of a worker: the fence of its completion. */
export interface ModelClaim {
  readonly row: QueueRow
  readonly attempt: number
}

/** What a statement led to: rows that are over, and tags that have ready rows now. */
export interface Ended {
  readonly ended: readonly QueueRow[]
  readonly ready: readonly string[]
}

/** What a queue is told from outside. */
export interface ModelQueueOptions {
  readonly nowMs: () => number
  readonly weightOf: (tenant: string) => number
}

/** As in `line-heads.ts`. */
const HEAD_LIFE_MS = 100

/**
 * `job_queue` in memory, by the rules of the statements in `src/sql` and of migration 0004, one method for each statement. A
 * statement is an instant here: what locks and snapshots are for is not modelled. `model-queue.pg.test.ts` holds it
 * against the statements themselves.
 */
export class ModelQueue {
  readonly #nowMs: () => number
  readonly #lines: ReadyLines
  readonly #keys: ConcurrencyKeys
  readonly #scheduled = new SortedRun(byDueTime)
  /** Rows that each worker holds; a worker that is not here has no row. */
  readonly #held = new Map<number, Set<QueueRow>>()
  /** Where the enqueuing process has last seen the heads of lines. */
  readonly #floors = new Map<Line, { readonly head: number; readonly untilMs: number }>()
  #lastId = 0
  #size = 0

  constructor(options: ModelQueueOptions) {
    this.#nowMs = options.nowMs
    this.#lines = this.makeLines(options)
    this.#keys = this.makeKeys(this.#lines, options.nowMs)
  }

  get size(): number {
    return this.#size
  }

  get lines(): ReadyLines {
    return this.#lines
  }

  get keys(): ConcurrencyKeys {
    return this.#keys
  }

  /** When the next scheduled row is due. */
  get nextDueAtMs(): number | undefined {
    return this.#scheduled.first?.dueAtMs
  }

  register(worker: number): void {
    this.#held.set(worker, new Set())
  }

  isRegistered(worker: number): boolean {
    return this.#held.has(worker)
  }

  unregister(worker: number): void {
    if (this.#held.get(worker)?.size === 0) this.#held.delete(worker)
  }

  /** `Enqueuer.enqueue`: the rows in order. */
  enqueue(jobs: readonly ModelJob[]): readonly QueueRow[] {
    const nowMs = this.#nowMs()
    const rows = jobs.map((job) => queueRow((this.#lastId += 1), job, nowMs))
    for (let at = 0; at < rows.length; at += CHUNK) this.#insert(rows.slice(at, at + CHUNK), nowMs)
    const limits = jobs.flatMap((job) => job.concurrency ?? [])
    for (const limit of limits) this.#keys.know(limit)
    this.#keys.settle(
      limits.map((limit) => limit.key),
      [],
    )
    return rows
  }

  claim(wish: ModelWish): readonly ModelClaim[] {
    const held = this.#held.get(wish.worker)
    if (!held) return []
    const nowMs = this.#nowMs()
    return walkLines(this.#lines, wish, nowMs).map((row) => {
      row.state = 'running'
      row.worker = wish.worker
      row.startedAtMs = nowMs
      row.attempt += 1
      held.add(row)
      return { row, attempt: row.attempt }
    })
  }

  /** Ends what the worker holds under these fences. */
  complete(worker: number, claims: readonly ModelClaim[]): Ended {
    return this.#end(claims.filter((claim) => this.#holds(worker, claim)).map(({ row }) => row))
  }

  /** Gives claimed rows back as if they had not been claimed. */
  handBack(worker: number, claims: readonly ModelClaim[]): readonly QueueRow[] {
    const rows = claims.filter((claim) => this.#holds(worker, claim)).map(({ row }) => row)
    for (const row of rows) {
      row.attempt -= 1
      this.#makeReadyAgain(row)
    }
    return rows
  }

  /** Takes back all that a dead worker holds, and its row. */
  rescue(worker: number): Ended & { readonly requeued: readonly QueueRow[] } {
    const held = [...(this.#held.get(worker) ?? [])]
    const requeued = held.filter((row) => row.attempt - row.failures < row.job.attemptsMax && !row.isCancelAsked)
    for (const row of requeued) this.#makeReadyAgain(row)
    const { ended, ready } = this.#end(held.filter((row) => !requeued.includes(row)))
    this.#held.delete(worker)
    return { requeued, ended, ready }
  }

  /** Ends what is not running and asks what is. */
  cancel(rows: readonly QueueRow[]): Ended & { readonly asked: readonly QueueRow[] } {
    const asked = rows.filter((row) => row.state === 'running')
    for (const row of asked) row.isCancelAsked = true
    return { asked, ...this.#end(rows.filter((row) => row.state !== 'running' && row.state !== 'over')) }
  }

  /** Makes due rows ready, or blocked where they have a key: the tags of what is ready now. */
  promote(limit: number): readonly string[] {
    const nowMs = this.#nowMs()
    const due: QueueRow[] = []
    for (const row of this.#scheduled) {
      if (row.dueAtMs > nowMs || due.length === limit) break
      due.push(row)
    }
    for (const row of due) this.#scheduled.remove(row)
    const places = placesOf(this.#lines, due)
    due.forEach((row, index) => this.#enter(row, places[index] ?? 0))
    const keys = due.flatMap(({ job }) => job.concurrency?.key ?? [])
    const open = due.flatMap(({ job }) => (job.concurrency ? [] : [job.tag]))
    return [...open, ...this.#keys.settle(keys, [])]
  }

  /** `settleKeys`. */
  settle(keys: readonly string[]): readonly string[] {
    return this.#keys.settle(keys, [])
  }

  protected makeLines({ weightOf }: ModelQueueOptions): ReadyLines {
    return new ReadyLines(weightOf)
  }

  protected makeKeys(lines: ReadyLines, nowMs: () => number): ConcurrencyKeys {
    return new ConcurrencyKeys(lines, nowMs)
  }

  /** Whether the fence of a run holds. */
  #holds(worker: number, { row, attempt }: ModelClaim): boolean {
    return row.state === 'running' && row.worker === worker && row.attempt === attempt
  }

  #insert(rows: readonly QueueRow[], nowMs: number): void {
    this.#size += rows.length
    const open = rows.filter((row) => row.dueAtMs <= nowMs && !row.job.concurrency)
    const places = placesOf(this.#lines, open, (line) => this.#floorOf(line))
    const lines = new Set(open.map((row) => this.#lines.line(row.job.tag, row.job.priority)))
    const heads = [...lines].map((line) => ({ line, head: line.rows.find((row) => row.fair >= this.#floorOf(line)) }))
    open.forEach((row, index) => this.#enter(row, places[index] ?? 0))
    for (const row of rows) {
      if (row.dueAtMs > nowMs) this.#scheduled.insert(row)
      else if (row.job.concurrency) this.#enter(row, 0)
    }
    for (const { line, head } of heads) this.#noteHead(line, head?.fair)
  }

  /** As `RememberedHeads`. */
  #noteHead(line: Line, head: number | undefined): void {
    const known = this.#floors.get(line)
    if (head === undefined) this.#floors.delete(line)
    else if (known && known.untilMs > this.#nowMs()) this.#floors.set(line, { ...known, head })
    else this.#floors.set(line, { head, untilMs: this.#nowMs() + HEAD_LIFE_MS })
  }

  #floorOf(line: Line): number {
    const known = this.#floors.get(line)
    return known && known.untilMs > this.#nowMs() ? known.head : -Infinity
  }

  #enter(row: QueueRow, fair: number): void {
    if (row.job.concurrency) return this.#keys.block(row, row.job.concurrency.key)
    row.state = 'ready'
    row.fair = fair
    this.#lines.add(row)
  }

  #makeReadyAgain(row: QueueRow): void {
    this.#release(row)
    row.state = 'ready'
    this.#lines.add(row)
  }

  /** Deletes rows and hands the slots of their keys on. */
  #end(rows: readonly QueueRow[]): Ended {
    const held = rows.filter((row) => row.job.concurrency && (row.state === 'ready' || row.state === 'running'))
    for (const row of rows) this.#delete(row)
    const keys = held.flatMap((row) => row.job.concurrency?.key ?? [])
    return { ended: rows, ready: held.length > 0 ? this.#keys.settle(keys, held) : [] }
  }

  #delete(row: QueueRow): void {
    if (row.state === 'scheduled') this.#scheduled.remove(row)
    if (row.state === 'blocked') this.#keys.unblock(row, row.job.concurrency?.key ?? '')
    if (row.state === 'ready') this.#lines.remove(row)
    if (row.state === 'running' && row.worker !== undefined) this.#held.get(row.worker)?.delete(row)
    row.state = 'over'
    this.#size -= 1
  }

  #release(row: QueueRow): void {
    if (row.worker !== undefined) this.#held.get(row.worker)?.delete(row)
    row.worker = undefined
    row.startedAtMs = undefined
  }
}

/** What the policy of a worker is told of a claim. */
export function claimedOf({ row }: ModelClaim): Claimed {
  return { tag: row.job.tag, priority: row.job.priority, fair: String(row.fair) }
}
