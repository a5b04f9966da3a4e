/** Jobs that lie before a process are to be over within this time. */
const WINDOW_MS = 10
const BEHIND_MAX = 32
/** A job that runs so long lets those behind it go. */
const LONG_MS = 20
/** How much of the mean one job is, and the most that one counts for: a single long one is soon forgotten. */
const SHARE = 0.1
const SAMPLE_MS_MAX = 2 * WINDOW_MS

/**
 * How many jobs may lie behind the one that runs in a process, going by how long the last ones ran: dozens of a fraction of a
 * millisecond, none where one takes as long as handing it over matters little.
 */
export class WindowSize {
  #meanMs: number | undefined
  #isWarm = false

  /** A job ran so long. The first one, in which the script was loaded, says nothing of the next. */
  ran(ms: number): void {
    if (!this.#isWarm) {
      this.#isWarm = true
      return
    }
    const sample = Math.min(ms, SAMPLE_MS_MAX)
    this.#meanMs = this.#meanMs === undefined ? sample : this.#meanMs + SHARE * (sample - this.#meanMs)
  }

  /** How many may lie behind one that has run for so long. */
  behind(forMs: number): number {
    if (this.#meanMs === undefined || forMs > WINDOW_MS) return 0
    return Math.min(BEHIND_MAX, Math.floor(WINDOW_MS / Math.max(this.#meanMs, 0.01)))
  }

  /** Whether one that has run for so long holds up others. */
  isLong(forMs: number): boolean {
    return forMs > LONG_MS
  }
}
