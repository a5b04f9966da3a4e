const BEHIND_MAX = 32
/** How much of the mean one job is: a single long one is soon forgotten. */
const SHARE = 0.1

/** What lies before a process. */
export interface WindowTimes {
  /** It is to be over within this time. */
  readonly windowMs: number
  /** A job that runs so long lets those behind it go. */
  readonly longMs: number
}

export const usualWindow: WindowTimes = { windowMs: 10, longMs: 20 }

/**
 * How many jobs may lie behind the one that runs in a process, going by how long the last ones ran: dozens of a fraction of a
 * millisecond, none where one takes so long that handing it over matters little.
 */
export class WindowSize {
  readonly #times: WindowTimes
  #meanMs: number | undefined
  #isWarm = false

  constructor(times: WindowTimes) {
    this.#times = times
  }

  /** A job ran so long. The first one, in which the script was loaded, says nothing of the next. */
  ran(ms: number): void {
    if (!this.#isWarm) {
      this.#isWarm = true
      return
    }
    const sample = Math.min(ms, 2 * this.#times.windowMs)
    this.#meanMs = this.#meanMs === undefined ? sample : this.#meanMs + SHARE * (sample - this.#meanMs)
  }

  /** How many may lie behind one that has run for so long. */
  behind(forMs: number): number {
    const { windowMs } = this.#times
    if (this.#meanMs === undefined || forMs > windowMs) return 0
    return Math.min(BEHIND_MAX, Math.floor(windowMs / Math.max(this.#meanMs, 0.01)))
  }

  /** Whether one that has run for so long holds up others. */
  isLong(forMs: number): boolean {
    return forMs > this.#times.longMs
  }
}
