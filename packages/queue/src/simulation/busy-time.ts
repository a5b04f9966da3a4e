/** How long something was busy in each second. */
export class BusyTime {
  readonly #seconds: number[] = []

  add(fromMs: number, toMs: number): void {
    for (let second = Math.floor(fromMs / 1000); second * 1000 < toMs; second += 1) {
      const busyMs = Math.min(toMs, second * 1000 + 1000) - Math.max(fromMs, second * 1000)
      while (this.#seconds.length <= second) this.#seconds.push(0)
      this.#seconds[second] = (this.#seconds[second] ?? 0) + busyMs
    }
  }

  /** Busy milliseconds from one second to before another. */
  between(fromS: number, toS: number): number {
    return this.#seconds.slice(fromS, toS).reduce((sum, busyMs) => sum + busyMs, 0)
  }
}
