import type { EventLoop } from './event-loop.ts'

/** A statement: what it does at its instant, and for whom. */
export interface Statement<T> {
  readonly roundTripMs: number
  readonly execute: () => T
  /** Jobs that it moved, by which it costs. */
  readonly rowsOf: (result: T) => number
  readonly reply: (result: T) => void
}

/**
 * PostgreSQL as far as a scheduler feels it: statements take half a round trip each way and are done one after the other, at a
 * cost for each row. A job is a row of a claim and one of a completion.
 */
export class ModelDatabase {
  readonly #loop: EventLoop
  readonly #rowMs: number
  readonly #waiting: (() => void)[] = []
  #head = 0
  #freeAtMs = 0

  constructor(loop: EventLoop, jobsPerS: number) {
    this.#loop = loop
    this.#rowMs = 1000 / jobsPerS / 2
  }

  send<T>(statement: Statement<T>): void {
    this.#loop.in(statement.roundTripMs / 2, () => {
      const isBusy = this.#freeAtMs > this.#loop.nowMs || this.#head < this.#waiting.length
      if (!isBusy) return this.#execute(statement)
      this.#waiting.push(() => this.#execute(statement))
      if (this.#waiting.length - this.#head === 1) this.#loop.at(this.#freeAtMs, () => this.#next())
    })
  }

  #execute<T>({ roundTripMs, execute, rowsOf, reply }: Statement<T>): void {
    const result = execute()
    this.#freeAtMs = this.#loop.nowMs + this.#rowMs * rowsOf(result)
    this.#loop.at(this.#freeAtMs + roundTripMs / 2, () => reply(result))
  }

  #next(): void {
    const execute = this.#waiting[this.#head]
    this.#head += 1
    if (this.#head > 1000 && this.#head * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#head)
      this.#head = 0
    }
    execute?.()
    if (this.#head < this.#waiting.length) this.#loop.at(this.#freeAtMs, () => this.#next())
  }
}
