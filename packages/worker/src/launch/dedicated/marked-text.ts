/** Cuts a stream of text at a mark, wherever the pieces that it comes in are cut. */
export class MarkedText {
  readonly #mark: string
  #held = ''

  constructor(mark: string) {
    this.#mark = mark
  }

  /** The text before each mark, and after the last one; text that might be the beginning of a mark is held until more comes. */
  push(text: string): readonly string[] {
    const parts = (this.#held + text).split(this.#mark)
    const last = parts.pop() ?? ''
    const keep = beginningAtEnd(last, this.#mark)
    this.#held = last.slice(last.length - keep)
    return [...parts, last.slice(0, last.length - keep)]
  }

  /** What was held when the stream ended. */
  rest(): string {
    const rest = this.#held
    this.#held = ''
    return rest
  }
}

/** Characters at the end of `text` that `mark` begins with. */
function beginningAtEnd(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length -= 1)
    if (mark.startsWith(text.slice(text.length - length))) return length
  return 0
}
