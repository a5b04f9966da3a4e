import { createHash } from 'node:crypto'

const EVENT_NUMBERS = 4
const EVENTS_KEPT = 8192

/** What happens to jobs, in the order in which it does. */
export type HistoryEvent = 'accepted' | 'claimed' | 'started' | 'stopped' | 'returned' | 'ended'

const NUMBERS: Readonly<Record<HistoryEvent, number>> = {
  accepted: 1,
  claimed: 2,
  started: 3,
  stopped: 4,
  returned: 5,
  ended: 6,
}

/** The events of a simulation, of which only the digest is kept: two histories with one digest are the same, byte by byte. */
export class History {
  readonly #hash = createHash('sha256')
  readonly #buffer = new Float64Array(EVENT_NUMBERS * EVENTS_KEPT)
  #at = 0

  add(event: HistoryEvent, atMs: number, id: number, worker: number): void {
    const buffer = this.#buffer
    buffer[this.#at] = NUMBERS[event]
    buffer[this.#at + 1] = atMs
    buffer[this.#at + 2] = id
    buffer[this.#at + 3] = worker
    this.#at += EVENT_NUMBERS
    if (this.#at === buffer.length) this.#flush()
  }

  /** Ends the history. */
  digest(): string {
    this.#flush()
    return this.#hash.digest('hex')
  }

  #flush(): void {
    this.#hash.update(new Uint8Array(this.#buffer.buffer, 0, this.#at * Float64Array.BYTES_PER_ELEMENT))
    this.#at = 0
  }
}
