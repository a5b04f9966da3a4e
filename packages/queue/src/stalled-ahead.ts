/** A job that was claimed ahead waits at most twice as long for a slot of its worker. */
const LOOK_MS = 250

/** The worker that has claimed ahead. */
export interface HoardingWorker {
  /** Ids of jobs that were claimed and have not begun. */
  ahead(): readonly string[]
  /** Gives these back, as far as they have still not begun. */
  giveBack(ids: ReadonlySet<string>): void
}

/**
 * Gives back jobs that were claimed ahead where the slots turned out to be busy for longer: other workers may be free (Q48). It looks now
 * and then while there are any; what one look found the next one finds no more, or it goes back.
 */
export class StalledAhead {
  readonly #worker: HoardingWorker
  #timer: NodeJS.Timeout | undefined

  constructor(worker: HoardingWorker) {
    this.#worker = worker
  }

  /** Some are ahead. */
  watch(): void {
    this.#timer ??= this.#plan(new Set())
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #plan(before: ReadonlySet<string>): NodeJS.Timeout {
    return setTimeout(() => {
      const ids = this.#worker.ahead()
      const stalled = new Set(ids.filter((id) => before.has(id)))
      if (stalled.size > 0) this.#worker.giveBack(stalled)
      this.#timer = ids.length > stalled.size ? this.#plan(new Set(ids)) : undefined
    }, LOOK_MS)
  }
}
