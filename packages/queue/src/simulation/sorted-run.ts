const CHUNK_MAX = 256

/** Negative when `a` stands before `b`; 0 only for the same item. */
export type Compare<T> = (a: T, b: T) => number

/** Items in order, kept as a list of short sorted chunks: cheap at both ends, and a few hundred moves in the middle. */
export class SortedRun<T> {
  readonly #compare: Compare<T>
  readonly #chunks: T[][] = []
  #size = 0

  constructor(compare: Compare<T>) {
    this.#compare = compare
  }

  get size(): number {
    return this.#size
  }

  get first(): T | undefined {
    return this.#chunks[0]?.[0]
  }

  get last(): T | undefined {
    return this.#chunks.at(-1)?.at(-1)
  }

  insert(item: T): void {
    this.#size += 1
    const at = Math.min(this.#chunkOf(item), Math.max(0, this.#chunks.length - 1))
    const chunk = this.#chunks[at]
    if (!chunk) {
      this.#chunks.push([item])
      return
    }
    chunk.splice(this.#indexIn(chunk, item), 0, item)
    if (chunk.length > CHUNK_MAX) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK_MAX >> 1))
  }

  /** Whether the item was there. */
  remove(item: T): boolean {
    const at = this.#chunkOf(item)
    const chunk = this.#chunks[at]
    if (!chunk) return false
    const index = this.#indexIn(chunk, item)
    if (chunk[index] !== item) return false
    if (index === 0) chunk.shift()
    else chunk.splice(index, 1)
    if (chunk.length === 0) this.#chunks.splice(at, 1)
    this.#size -= 1
    return true
  }

  /** Removes the first `count` items and returns them. */
  takeFirst(count: number): T[] {
    const taken: T[] = []
    for (let chunk = this.#chunks[0]; chunk && taken.length < count; chunk = this.#chunks[0]) {
      for (const item of chunk.splice(0, count - taken.length)) taken.push(item)
      if (chunk.length === 0) this.#chunks.shift()
    }
    this.#size -= taken.length
    return taken
  }

  /** The first item that `isAtOrAfter` holds for; it must hold for all behind it too. */
  find(isAtOrAfter: (item: T) => boolean): T | undefined {
    const { first } = this
    if (first === undefined || isAtOrAfter(first)) return first
    const reaches = (chunk: readonly T[]) => lastIs(chunk, isAtOrAfter)
    const chunk = this.#chunks[firstIndex(this.#chunks, reaches)]
    return chunk?.[firstIndex(chunk, isAtOrAfter)]
  }

  *[Symbol.iterator](): Generator<T> {
    for (const chunk of this.#chunks) yield* chunk
  }

  /** The chunk in which the item is or belongs; one behind the last when it belongs at the very end. */
  #chunkOf(item: T): number {
    const chunks = this.#chunks
    const { first } = this
    if (first !== undefined && this.#compare(item, first) <= 0) return 0
    return firstIndex(chunks, (chunk) => lastIs(chunk, (last) => this.#compare(last, item) >= 0))
  }

  #indexIn(chunk: readonly T[], item: T): number {
    if (lastIs(chunk, (last) => this.#compare(last, item) < 0)) return chunk.length
    return firstIndex(chunk, (other) => this.#compare(other, item) >= 0)
  }
}

function lastIs<T>(items: readonly T[], holds: (item: T) => boolean): boolean {
  const last = items[items.length - 1]
  return last !== undefined && holds(last)
}

/** The index of the first item that `holds` is true for; it must be true for all behind it. The length when there is none. */
function firstIndex<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    const item = items[middle]
    if (item === undefined || holds(item)) high = middle
    else low = middle + 1
  }
  return low
}
