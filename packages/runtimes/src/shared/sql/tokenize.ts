import type { Dialect } from './dialect.ts'

/** A piece of a source, from `start` to before `end`. */
export interface Token {
  readonly kind:
    | 'space'
    | 'comment'
    /** A text, or a quoted name. */
    | 'quoted'
    | 'word'
    | 'placeholder'
    /** What ends a statement, or a command to the client (`GO`, `/`, `DELIMITER`), which is no part of any. */
    | 'end'
    | 'symbol'
  readonly start: number
  readonly end: number
}

/** Cuts a source into tokens that together are all of it. A text or comment that is not closed goes on to the end. */
export function tokenize(source: string, dialect: Dialect): readonly Token[] {
  const scanner = new Scanner(source, dialect)
  const tokens: Token[] = []
  for (let token = scanner.next(); token; token = scanner.next()) tokens.push(token)
  return tokens
}

const SPACE = /\s+/y
const WORD = /[\p{L}_][\p{L}\p{N}_$]*|\d[\p{L}\p{N}_.]*/uy
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy
const LINE_REST = /[^\r\n]*/y
const CLIENT_LINE = { batch: /GO[ \t]*(?:\d+[ \t]*)?(?=\r?\n|$)/iy, slash: /\/[ \t]*(?=\r?\n|$)/y }
const DELIMITER = /delimiter[ \t]+(\S+)[ \t]*(?=\r?\n|$)/iy

const PLACEHOLDERS = {
  number: /\$\d+/y,
  name: /\$[\p{L}_][\p{L}\p{N}_]*/uy,
  question: /\?|:[\p{L}_][\p{L}\p{N}_]*/uy,
  colon: /:[\p{L}_][\p{L}\p{N}_]*/uy,
  at: /@[\p{L}_][\p{L}\p{N}_]*/uy,
} as const

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}', '(': ')', '<': '>' }

class Scanner {
  readonly #source: string
  readonly #dialect: Dialect
  #at = 0
  #delimiter = ';'

  constructor(source: string, dialect: Dialect) {
    this.#source = source
    this.#dialect = dialect
  }

  next(): Token | undefined {
    const start = this.#at
    if (start >= this.#source.length) return undefined
    const [kind, end] = this.#read(start)
    this.#at = Math.min(Math.max(end, start + 1), this.#source.length)
    return { kind, start, end: this.#at }
  }

  #read(at: number): readonly [Token['kind'], number] {
    const space = this.#match(SPACE, at)
    if (space !== undefined) return ['space', at + space.length]
    const command = this.#command(at)
    if (command !== undefined) return ['end', command]
    if (this.#source.startsWith(this.#delimiter, at)) return ['end', at + this.#delimiter.length]
    const comment = this.#comment(at)
    if (comment !== undefined) return ['comment', comment]
    const quoted = this.#quoted(at)
    if (quoted !== undefined) return ['quoted', quoted]
    const placeholder = this.#placeholder(at)
    if (placeholder !== undefined) return ['placeholder', placeholder]
    const word = this.#match(WORD, at)
    if (word !== undefined) return ['word', at + word.length]
    return ['symbol', at + this.#symbol(at)]
  }

  /** A line that speaks to the client; its end. */
  #command(at: number): number | undefined {
    if (!this.#beginsLine(at)) return undefined
    const { splitting, blocks, delimiterCommand } = this.#dialect
    const pattern = splitting === 'batch' ? CLIENT_LINE.batch : CLIENT_LINE.slash
    if (splitting === 'batch' || blocks === 'plsql') {
      const line = this.#match(pattern, at)
      if (line !== undefined) return at + line.length
    }
    if (!delimiterCommand) return undefined
    DELIMITER.lastIndex = at
    const match = DELIMITER.exec(this.#source)
    if (!match) return undefined
    this.#delimiter = match[1] ?? ';'
    return at + match[0].length
  }

  #beginsLine(at: number): boolean {
    const lineStart = this.#source.lastIndexOf('\n', at - 1) + 1
    return this.#source.slice(lineStart, at).trim() === ''
  }

  #comment(at: number): number | undefined {
    const { hashComments, slashComments } = this.#dialect
    const isLine =
      this.#source.startsWith('--', at) ||
      (hashComments && this.#source[at] === '#') ||
      (slashComments === true && this.#source.startsWith('//', at))
    if (isLine) return at + (this.#match(LINE_REST, at)?.length ?? 0)
    if (!this.#source.startsWith('/*', at)) return undefined
    let depth = 1
    for (let end = at + 2; end < this.#source.length; end += 1) {
      if (this.#dialect.nestedComments && this.#source.startsWith('/*', end)) {
        depth += 1
        end += 1
      } else if (this.#source.startsWith('*/', end)) {
        depth -= 1
        end += 1
        if (depth === 0) return end + 1
      }
    }
    return this.#source.length
  }

  #quoted(at: number): number | undefined {
    const { dollarQuotes, brackets, tripleQuotes, quoteOperator, backslash } = this.#dialect
    const first = this.#source[at] ?? ''
    if (dollarQuotes && first === '$') {
      const tag = this.#match(DOLLAR_TAG, at)
      return tag === undefined ? undefined : this.#after(tag, at + tag.length)
    }
    if (brackets && first === '[') return this.#closeQuote(at + 1, ']', false)
    if (quoteOperator && /^n?q'/i.test(this.#source.slice(at, at + 3))) return this.#closeOperator(at)
    const prefix = /^(?:[bnrux]|rb|br|e)(?=['"])/i.exec(this.#source.slice(at, at + 3))?.[0] ?? ''
    const open = at + prefix.length
    const quote = this.#source[open]
    if (quote !== "'" && quote !== '"' && quote !== '`') return undefined
    const tripled = quote.repeat(3)
    if (tripleQuotes && quote !== '`' && this.#source.startsWith(tripled, open)) return this.#after(tripled, open + 3)
    const escapes =
      backslash === 'always' ? quote !== '`' : backslash === 'escape-text' && /^e$/i.test(prefix) && quote === "'"
    return this.#closeQuote(open + 1, quote, escapes)
  }

  /** Doubled, a quote is one of the text. */
  #closeQuote(from: number, quote: string, escapes: boolean): number {
    for (let at = from; at < this.#source.length; at += 1) {
      const char = this.#source[at]
      if (escapes && char === '\\') at += 1
      else if (char === quote && this.#source[at + 1] === quote) at += 1
      else if (char === quote) return at + 1
    }
    return this.#source.length
  }

  #closeOperator(at: number): number {
    const open = this.#source.indexOf("'", at) + 1
    const delimiter = this.#source[open] ?? ''
    return this.#after(`${CLOSING[delimiter] ?? delimiter}'`, open + 1)
  }

  #after(text: string, from: number): number {
    const at = this.#source.indexOf(text, from)
    return at < 0 ? this.#source.length : at + text.length
  }

  #placeholder(at: number): number | undefined {
    const before = this.#source[at - 1] ?? ''
    // `::type`, `:=`, `@@version`, `a$1` and `?|` are something else.
    if (before === ':' || before === '@' || /[\p{L}\p{N}_$]/u.test(before)) return undefined
    const found = this.#match(PLACEHOLDERS[this.#dialect.placeholders], at)
    return found === undefined ? undefined : at + found.length
  }

  #symbol(at: number): number {
    return /^(?:::|:=|@@)/.test(this.#source.slice(at, at + 2)) ? 2 : 1
  }

  #match(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at
    return pattern.exec(this.#source)?.[0]
  }
}
