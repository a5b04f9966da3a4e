import type { Inserted, LineHeads } from './sql/enqueue.ts'

/** Lines whose heads are remembered; an instance has a few tags. */
const LINES_KEPT = 10_000
const LIFE_MS = 100
/** Looks from the very front take at most a twentieth of the time. */
const LOOK_SHARE = 20

/**
 * Where those who enqueue have seen the heads of lines a moment ago: what stood before is gone, so the next look begins there and does not
 * walk over rows that run, or are gone and not vacuumed. It is believed for a moment only, for a line that was empty meanwhile begins at
 * the front again.
 */
export class RememberedHeads implements LineHeads {
  readonly #nowMs: () => number
  readonly #heads = new Map<string, { readonly head: string; readonly untilMs: number }>()

  /** `nowMs` is a monotonic clock. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  get(line: string): string | undefined {
    const known = this.#heads.get(line)
    return known && known.untilMs > this.#nowMs() ? known.head : undefined
  }

  /** Runs a statement that looks at lines, and remembers what it saw. */
  async watch(statement: () => Promise<Inserted>): Promise<Inserted> {
    const beganMs = this.#nowMs()
    const inserted = await statement()
    const tookMs = this.#nowMs() - beganMs
    if (this.#heads.size > LINES_KEPT) this.#heads.clear()
    for (const { line, head } of inserted.lines) this.#remember(line, head, beganMs, tookMs)
    return inserted
  }

  #remember(line: string, head: string | undefined, beganMs: number, tookMs: number): void {
    const known = this.#heads.get(line)
    if (head === undefined) this.#heads.delete(line)
    else if (known && known.untilMs > beganMs) this.#heads.set(line, { ...known, head })
    else this.#heads.set(line, { head, untilMs: beganMs + Math.max(LIFE_MS, LOOK_SHARE * tookMs) })
  }
}
