const WINDOW_MS = 100

/** How many jobs were lately finished: a count over the last tenth of a second or so, cheap enough for every job. */
export class ThroughputMeter {
  readonly #nowMs: () => number
  #windowStartMs: number
  #count = 0
  #ratePerMs = 0

  /** `nowMs` is a monotonic clock. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
    this.#windowStartMs = nowMs()
  }

  finished(): void {
    this.#count += 1
    const elapsedMs = this.#nowMs() - this.#windowStartMs
    // A window ends early when it has seen enough to tell, so that a burst is noticed within its first batches.
    if (elapsedMs >= WINDOW_MS || (this.#count >= 64 && elapsedMs > 0)) this.#roll(elapsedMs)
  }

  /** Jobs that would be finished in `ms` at the present rate; 0 after a silent window. */
  finishedInMs(ms: number): number {
    const elapsedMs = this.#nowMs() - this.#windowStartMs
    if (elapsedMs >= WINDOW_MS) this.#roll(elapsedMs)
    return Math.floor(this.#ratePerMs * ms)
  }

  #roll(elapsedMs: number): void {
    this.#ratePerMs = this.#count / elapsedMs
    this.#count = 0
    this.#windowStartMs = this.#nowMs()
  }
}
