interface Event {
  readonly atMs: number
  readonly nth: number
  readonly work: () => void
}

/** A clock that jumps from event to event; events of one instant happen in the order in which they were planned. */
export class EventLoop {
  readonly #heap: Event[] = []
  #nowMs = 0
  #count = 0

  get nowMs(): number {
    return this.#nowMs
  }

  /** Events that were planned so far. */
  get count(): number {
    return this.#count
  }

  in(ms: number, work: () => void): void {
    this.at(this.#nowMs + ms, work)
  }

  at(atMs: number, work: () => void): void {
    this.#count += 1
    this.#rise({ atMs: Math.max(atMs, this.#nowMs), nth: this.#count, work })
  }

  /** Does what is planned, in order, until `isOver`, the time `untilMs` or nothing is left. */
  run(isOver: () => boolean, untilMs: number): void {
    for (let next = this.#heap[0]; next && next.atMs <= untilMs && !isOver(); next = this.#heap[0]) {
      const last = this.#heap.pop()
      if (last && last !== next) this.#sink(last)
      this.#nowMs = next.atMs
      next.work()
    }
  }

  #rise(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    for (let up = (at - 1) >> 1; at > 0; up = (at - 1) >> 1) {
      const parent = heap[up]
      if (!parent || isBefore(parent, event)) break
      heap[at] = parent
      at = up
    }
    heap[at] = event
  }

  #sink(event: Event): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      const left = heap[2 * at + 1]
      const right = heap[2 * at + 2]
      const isLeft = !left || !right || isBefore(left, right)
      const child = isLeft ? left : right
      if (!child || isBefore(event, child)) break
      heap[at] = child
      at = 2 * at + (isLeft ? 1 : 2)
    }
    heap[at] = event
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.nth < b.nth)
}
