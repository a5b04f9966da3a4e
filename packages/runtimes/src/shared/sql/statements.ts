import type { Dialect } from './dialect.ts'
import { tokenize, type Token } from './tokenize.ts'

/** One statement of a source. */
export interface SqlStatement {
  /** Without the spaces and comments before it, and what comes after its last word. */
  readonly tokens: readonly Token[]
  /** From 1. */
  readonly line: number
}

/** What can begin a statement that keeps its semicolons (PL/SQL). */
const PLSQL_UNITS = new Set(['procedure', 'function', 'package', 'trigger', 'type'])
/** What `BEGIN` may be followed by where it begins a transaction. */
const TRANSACTION = new Set(['transaction', 'tran', 'work', 'name', 'isolation', 'read', 'deferred', 'immediate'])
/** `END IF` and its like end what was not counted as begun. */
const INNER_ENDS = new Set(['if', 'loop', 'repeat', 'while', 'for'])

/** The statements of a source, without those that are empty. */
export function splitStatements(source: string, dialect: Dialect): readonly SqlStatement[] {
  const statements: SqlStatement[] = []
  let current: Token[] = []
  let block = new Block(source, dialect)
  const finish = () => {
    const tokens = trim(current)
    const [first] = tokens
    if (first) statements.push({ tokens, line: lineOf(source, first.start) })
    current = []
    block = new Block(source, dialect)
  }

  const tokens = tokenize(source, dialect)
  const words = tokens.filter((token) => token.kind !== 'space' && token.kind !== 'comment')
  const nextWord = new Map(words.map((token, index) => [token, words[index + 1]]))
  for (const token of tokens) {
    const isSemicolon = token.kind === 'end' && source.slice(token.start, token.end) === ';'
    if (token.kind !== 'end') {
      current.push(token)
      if (token.kind !== 'space' && token.kind !== 'comment') block.see(token, nextWord.get(token))
      continue
    }
    if (isSemicolon && (dialect.splitting === 'batch' || block.isOpen)) {
      current.push(token)
      continue
    }
    if (isSemicolon && block.keepsEnd) current.push(token)
    finish()
  }
  finish()
  return statements
}

/** Counts from 1. */
export function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length
}

/** Whether a semicolon is inside of a block that belongs together. */
class Block {
  readonly #source: string
  readonly #rule: Dialect['blocks']
  readonly #words: string[] = []
  #depth = 0
  #previous = ''
  #hasBegun = false

  constructor(source: string, dialect: Dialect) {
    this.#source = source
    this.#rule = dialect.blocks
  }

  get isOpen(): boolean {
    if (this.#rule === 'none') return false
    return this.#depth > 0 || (this.#isPlsqlUnit() && !this.#hasBegun)
  }

  /** PL/SQL ends with a semicolon, which is part of it. */
  get keepsEnd(): boolean {
    return this.#isPlsqlUnit()
  }

  see(token: Token, next: Token | undefined): void {
    const word = token.kind === 'word' ? this.#textOf(token) : ''
    if (word !== '' && this.#words.length < 12) this.#words.push(word)
    if (word !== '') this.#count(word, next ? this.#textOf(next) : '')
    this.#previous = word
  }

  #count(word: string, next: string): void {
    if (this.#rule === 'none') return
    if (word === 'begin' && this.#opens(next)) this.#open()
    else if (word === 'case' && this.#depth > 0 && this.#previous !== 'end') this.#depth += 1
    else if (word === 'end' && this.#depth > 0 && !INNER_ENDS.has(next)) this.#depth -= 1
    else if (this.#isPackageStart(word)) this.#open()
  }

  #open(): void {
    this.#depth += 1
    this.#hasBegun = true
  }

  #opens(next: string): boolean {
    if (this.#rule === 'atomic') return next === 'atomic'
    if (this.#depth > 0 || this.#rule === 'plsql') return true
    return next !== '' && next !== ';' && !TRANSACTION.has(next)
  }

  /** A package has no `BEGIN` of its own: it is from `AS` to `END`. */
  #isPackageStart(word: string): boolean {
    if (this.#rule !== 'plsql' || this.#depth > 0 || (word !== 'as' && word !== 'is')) return false
    return this.#words[0] === 'create' && this.#words.includes('package')
  }

  #isPlsqlUnit(): boolean {
    const [first = ''] = this.#words
    if (this.#rule === 'compound') return first === 'declare'
    if (this.#rule !== 'plsql') return false
    if (first === 'declare' || first === 'begin') return true
    return first === 'create' && this.#words.slice(0, 6).some((word) => PLSQL_UNITS.has(word))
  }

  #textOf(token: Token): string {
    return this.#source.slice(token.start, token.end).toLowerCase()
  }
}

function trim(tokens: readonly Token[]): readonly Token[] {
  const isIdle = ({ kind }: Token) => kind === 'space' || kind === 'comment'
  const first = tokens.findIndex((token) => !isIdle(token))
  if (first < 0) return []
  return tokens.slice(first, tokens.findLastIndex((token) => !isIdle(token)) + 1)
}
