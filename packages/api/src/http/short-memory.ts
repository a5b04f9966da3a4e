const ENTRIES_MAX = 10_000

/** Remembers values for a fixed time; the oldest make room when there are too many. */
export class ShortMemory<T> {
  readonly #lifeMs: number
  readonly #entries = new Map<string, { readonly value: T; readonly until: number }>()

  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key)
    if (entry && entry.until > performance.now()) return entry.value
    this.#entries.delete(key)
    return undefined
  }

  /** A value that is still remembered keeps its time: using it does not make it last. */
  set(key: string, value: T): void {
    if (this.get(key) !== undefined) return
    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= ENTRIES_MAX && oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(key, { value, until: performance.now() + this.#lifeMs })
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }
}
