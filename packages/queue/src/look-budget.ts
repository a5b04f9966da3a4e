/** Looks for news take at most this share of a worker's time in the long run. */
const SHARE = 0.2
/** What they may take at once after a pause: news of a quiet tenant is looked at when it comes. */
const BURST_MS = 8
/** What a look costs at the most: where everything is slow, it is not the look that makes it so. */
const COST_MS_MAX = 2

/** How often a worker with enough in hand may ask the database for what is new: by what such looks have cost it lately. */
export class LookBudget {
  #spentMs = 0
  #atMs = 0

  /** Milliseconds until a further look may be made; 0 is now. `nowMs` is monotonic. */
  dueInMs(nowMs: number): number {
    return Math.max(0, (this.#leftMs(nowMs) - BURST_MS) / SHARE)
  }

  /** A look ended now and took so long. */
  spend(tookMs: number, nowMs: number): void {
    this.#spentMs = this.#leftMs(nowMs) + Math.min(tookMs, COST_MS_MAX)
    this.#atMs = nowMs
  }

  #leftMs(nowMs: number): number {
    return Math.max(0, this.#spentMs - (nowMs - this.#atMs) * SHARE)
  }
}
