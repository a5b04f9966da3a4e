/**
 * Which slots of a worker are lent. A running job that waits through the API for another one does nothing, so it lends its slot to
 * a job that somebody waits for (Q34): nested runs can never fill all slots and wait for each other, and however deep
 * they are nested, no more is started than what is waited for. A lent slot outlives the wait: when the waiting job goes on
 * before the other one has ended, both run.
 */
export class SlotLender {
  readonly #waiting = new Map<string, number>()
  readonly #lent = new Set<string>()

  /** Running jobs that fill no slot of their own. */
  get lentCount(): number {
    return this.#lent.size
  }

  /** Which jobs wait now and for how many milliseconds; `nowMs` is monotonic. */
  know(waits: ReadonlyMap<string, number>, nowMs: number): void {
    this.#waiting.clear()
    for (const [id, leftMs] of waits) this.#waiting.set(id, nowMs + leftMs)
  }

  /** How many more jobs may start beyond the slots. */
  free(nowMs: number): number {
    for (const [id, untilMs] of this.#waiting) if (untilMs <= nowMs) this.#waiting.delete(id)
    return Math.max(0, this.#waiting.size - this.#lent.size)
  }

  lend(id: string): void {
    this.#lent.add(id)
  }

  ended(id: string): void {
    this.#waiting.delete(id)
    this.#lent.delete(id)
  }
}
