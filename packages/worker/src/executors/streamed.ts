import type { Outcome } from '@millrace/queue'

const LENGTH_MAX = 16 * 1024 * 1024

/** What a job has said of its result while it ran. */
export class Streamed {
  readonly #pieces: string[] = []
  #length = 0

  add(text: string): void {
    if (this.#length > LENGTH_MAX) return
    this.#pieces.push(text)
    this.#length += text.length
  }

  /** The outcome with it: as the result where there is no other, as `wm_stream` of a result that is an object. */
  addTo(outcome: Outcome): Outcome {
    if (this.#length === 0 || outcome.status !== 'success') return outcome
    const text = this.#pieces.join('').slice(0, LENGTH_MAX)
    const result: unknown = JSON.parse(outcome.resultJson ?? 'null')
    if (result === null) return { ...outcome, resultJson: JSON.stringify(text) }
    if (typeof result !== 'object' || Array.isArray(result)) return outcome
    return { ...outcome, resultJson: JSON.stringify({ ...result, wm_stream: text }) }
  }
}
