/** Where a loop rests between its looks until there is a reason for another one; a reason that came since the last look counts, so that none falls between look and rest. */
export class Rest {
  #wake: (() => void) | undefined
  #wasWoken = false
  #lookedMs = 0

  /** The loop looks now at all that it was woken for. */
  begin(): void {
    this.#wasWoken = false
  }

  wakeUp(): void {
    this.#wasWoken = true
    this.#wake?.()
  }

  /** The poll counts from now. */
  polled(): void {
    this.#lookedMs = performance.now()
  }

  /**
   * Resolves when it is woken up, true when nobody did within `pollMs` of the last poll: what wakes it up again and again for other
   * reasons must not put off for ever that it looks by itself (Q19).
   */
  async pause(pollMs: number): Promise<boolean> {
    if (this.#wasWoken) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(resolve, Math.max(0, this.#lookedMs + pollMs - performance.now()), true)
    this.#wake = () => resolve(false)
    const isDue = await promise
    clearTimeout(timer)
    if (isDue) this.polled()
    return isDue
  }
}
