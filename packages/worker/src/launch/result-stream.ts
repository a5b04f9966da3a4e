import { GatheredText } from './gathered-text.ts'

const MARK = 'WM_STREAM: '
const LINE_WITH_MARK = `\n${MARK}`
/** Characters of a marked line that wait for its end; of a longer one they are passed on as they come. */
const HELD_MAX = 16_384

/** What is stdout's and what is the result's, as far as it can be told by now. */
export interface Parts {
  readonly log: string
  readonly stream: string
}

/**
 * Takes the lines that begin with `WM_STREAM: ` out of what a job prints: each is a piece of its result that comes while it runs,
 * with line ends written as `\n`. Text may come cut anywhere; only what may yet become a mark, and a marked line that is not over,
 * is held back.
 */
export class ResultStream {
  readonly #held = new GatheredText()
  #isAtLineStart = true
  #isMarked = false

  push(text: string): Parts {
    const parts = { log: '', stream: '' }
    for (let rest = text; rest !== '';)
      rest = this.#isMarked ? this.#takeMarked(rest, parts) : this.#takeLog(rest, parts)
    return parts
  }

  /** Nothing more comes: what was held back. */
  end(): Parts {
    const rest = this.#held.take()
    return this.#isMarked ? { log: '', stream: unescape(rest) } : { log: rest, stream: '' }
  }

  /** Takes text up to the end of a marked line; gives what follows. */
  #takeMarked(text: string, parts: { stream: string }): string {
    const end = text.indexOf('\n')
    this.#held.push(end < 0 ? text : text.slice(0, end))
    if (end < 0) {
      if (this.#held.length > HELD_MAX) this.#passHeld(parts)
      return ''
    }
    parts.stream += unescape(this.#held.take())
    this.#isMarked = false
    this.#isAtLineStart = true
    return text.slice(end + 1)
  }

  /** Takes everything up to the next mark, in one piece however many lines it has, and the mark; gives what follows. */
  #takeLog(text: string, parts: { log: string }): string {
    const rest = this.#held.take() + text
    const isMarkFirst = this.#isAtLineStart && rest.startsWith(MARK)
    const markAt = isMarkFirst ? 0 : rest.indexOf(LINE_WITH_MARK) + 1
    if (isMarkFirst || markAt > 0) {
      parts.log += rest.slice(0, markAt)
      this.#isMarked = true
      return rest.slice(markAt + MARK.length)
    }
    const lineAt = rest.lastIndexOf('\n') + 1
    const mayBeMarked = (lineAt > 0 || this.#isAtLineStart) && MARK.startsWith(rest.slice(lineAt))
    const length = mayBeMarked ? lineAt : rest.length
    parts.log += rest.slice(0, length)
    if (length > 0) this.#isAtLineStart = length === lineAt
    this.#held.push(rest.slice(length))
    return ''
  }

  /** All of a line that is too long to be held, but for what means something together with what follows. */
  #passHeld(parts: { stream: string }): void {
    const held = this.#held.take()
    const length = held.length - (held.endsWith('\\') || held.endsWith('\r') ? 1 : 0)
    parts.stream += unescape(held.slice(0, length))
    this.#held.push(held.slice(length))
  }
}

function unescape(text: string): string {
  return text.replace(/\r$/, '').replaceAll('\\n', '\n')
}
