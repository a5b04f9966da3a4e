import type { ConcurrencyLimit } from '../job.ts'
import { byPriority, type QueueRow } from './queue-row.ts'
import { placesOf, type ReadyLines } from './ready-lines.ts'
import { SortedRun } from './sorted-run.ts'

interface Key {
  readonly name: string
  /** 0 until it is known. */
  slots: number
  windowMs: number
  readonly blocked: SortedRun<QueueRow>
  /** Rows that are ready or running. */
  readonly held: Set<QueueRow>
  /** Slots of ended jobs whose window has not passed: when each is free, by the job's id. */
  readonly windows: Map<number, number>
}

/** `concurrency_key`, `concurrency_slot` and `settle_concurrency` of migration 0004. */
export class ConcurrencyKeys {
  readonly #lines: ReadyLines
  readonly #nowMs: () => number
  readonly #keys = new Map<string, Key>()

  constructor(lines: ReadyLines, nowMs: () => number) {
    this.#lines = lines
    this.#nowMs = nowMs
  }

  /** Rows that hold a slot; of all keys without a name. */
  held(name?: string): number {
    const keys = name === undefined ? [...this.#keys.values()] : [this.#key(name)]
    return keys.reduce((sum, key) => sum + key.held.size, 0)
  }

  know({ key: name, limit, windowS }: ConcurrencyLimit): void {
    const key = this.#key(name)
    key.slots = limit
    key.windowMs = (windowS ?? 0) * 1000
  }

  block(row: QueueRow, name: string): void {
    row.state = 'blocked'
    row.fair = 0
    this.#key(name).blocked.insert(row)
  }

  unblock(row: QueueRow, name: string): void {
    this.#key(name).blocked.remove(row)
  }

  /** Lets blocked rows of the keys in; `ended` were ready or running and are out of the queue. The tags of what is ready now. */
  settle(names: Iterable<string>, ended: readonly QueueRow[]): readonly string[] {
    const tags: string[] = []
    for (const name of [...new Set(names)].sort(byText)) {
      const key = this.#key(name)
      for (const row of ended) if (row.job.concurrency?.key === name) this.#release(key, row)
      for (const [id, freeAtMs] of key.windows) if (freeAtMs <= this.#nowMs()) key.windows.delete(id)
      tags.push(...this.#admit(key, this.freeSlots(key)))
    }
    return tags
  }

  /** Lets the windows of a key pass. */
  endWindows(name: string): void {
    for (const id of this.#key(name).windows.keys()) this.#key(name).windows.set(id, -Infinity)
  }

  /** Keys that have a window which has passed. */
  passed(): readonly string[] {
    const nowMs = this.#nowMs()
    const keys = [...this.#keys.values()].filter(({ windows }) =>
      [...windows.values()].some((freeAtMs) => freeAtMs <= nowMs),
    )
    return keys.map((key) => key.name)
  }

  protected freeSlots(key: Pick<Key, 'slots' | 'held' | 'windows'>): number {
    return Math.max(0, key.slots - key.held.size - key.windows.size)
  }

  #release(key: Key, row: QueueRow): void {
    key.held.delete(row)
    const freeAtMs = (row.startedAtMs ?? -Infinity) + key.windowMs
    if (key.windowMs > 0 && freeAtMs > this.#nowMs()) key.windows.set(row.id, freeAtMs)
  }

  /** All places are taken from the lines as they stood before. */
  #admit(key: Key, count: number): readonly string[] {
    const next = key.blocked.takeFirst(count)
    const places = placesOf(this.#lines, next)
    next.forEach((row, index) => {
      row.fair = places[index] ?? 0
      row.state = 'ready'
      key.held.add(row)
      this.#lines.add(row)
    })
    return next.map((row) => row.job.tag)
  }

  #key(name: string): Key {
    const known = this.#keys.get(name)
    if (known) return known
    const key = {
      name,
      slots: 0,
      windowMs: 0,
      blocked: new SortedRun(byPriority),
      held: new Set<QueueRow>(),
      windows: new Map(),
    }
    this.#keys.set(name, key)
    return key
  }
}

function byText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
