const MARK = 'WM_STREAM: '

/** What is stdout's and what is the result's, as far as it can be told by now. */
export interface Parts {
  readonly log: string
  readonly stream: string
}

/**
 * Takes the lines that begin with `WM_STREAM: ` out of what a job prints: each is a piece of its result that comes while it runs,
 * with line ends written as `\n`. Text may come cut anywhere; only what may yet become a mark is held back.
 */
export class ResultStream {
  #held = ''
  #isAtLineStart = true

  push(text: string): Parts {
    let rest = this.#held + text
    this.#held = ''
    const parts = { log: '', stream: '' }
    while (rest !== '') {
      if (this.#isAtLineStart && rest.startsWith(MARK)) {
        const end = rest.indexOf('\n')
        if (end < 0) break
        parts.stream += unescape(rest.slice(MARK.length, end))
        rest = rest.slice(end + 1)
        continue
      }
      if (this.#isAtLineStart && MARK.startsWith(rest)) break
      const end = rest.indexOf('\n') + 1 || rest.length
      parts.log += rest.slice(0, end)
      this.#isAtLineStart = rest[end - 1] === '\n'
      rest = rest.slice(end)
    }
    this.#held = rest
    return parts
  }

  /** Nothing more comes: what was held back. */
  end(): Parts {
    const rest = this.#held
    this.#held = ''
    return rest.startsWith(MARK) ? { log: '', stream: unescape(rest.slice(MARK.length)) } : { log: rest, stream: '' }
  }
}

function unescape(text: string): string {
  return text.replace(/\r$/, '').replaceAll('\\n', '\n')
}
