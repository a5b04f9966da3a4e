import { err, ok, type Result } from '@millrace/base/result'
import type { SignatureProblem } from '../runtime.ts'

/** A type of a variable: `[Name]` is a list, `!` says that it must be given. */
export type VariableType =
  | { readonly name: string; readonly isRequired: boolean }
  | { readonly list: VariableType; readonly isRequired: boolean }

/** A variable of an operation. */
export interface Variable {
  readonly name: string
  readonly type: VariableType
  readonly hasDefault: boolean
  readonly defaultValue: unknown
}

/** The operation that runs: the first of a document. */
export interface Operation {
  /** Undefined where it has none. */
  readonly name: string | undefined
  readonly variables: readonly Variable[]
  readonly line: number
}

interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'sign'
  readonly text: string
  readonly line: number
}

const TOKEN =
  /(?<space>[\s,\uFEFF]+|#[^\n\r]*)|(?<text>"""(?:\\"""|(?!""")[^])*"""|"(?!"")(?:\\.|[^"\\\n\r])*"|"")|(?<name>[A-Za-z_]\w*)|(?<number>-?\d[\d.eE+-]*)|(?<sign>\.\.\.|[!$&()/:=@[\]{|}])/uy
const OPERATIONS = ['query', 'mutation', 'subscription']
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** Reads the first operation of a document; undefined where there is none. */
export function readOperation(source: string): Result<Operation | undefined, SignatureProblem> {
  try {
    const reader = new Reader(tokenize(source))
    return ok(reader.readDocument())
  } catch (error) {
    if (error instanceof Unreadable) return err({ message: error.message, line: error.line })
    throw error
  }
}

class Unreadable extends Error {
  readonly line: number

  constructor(message: string, line: number) {
    super(`${message} on line ${line}`)
    this.line = line
  }
}

function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = []
  let line = 1
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < source.length) {
    const from = TOKEN.lastIndex
    const groups = TOKEN.exec(source)?.groups
    if (!groups) throw new Unreadable(`"${source.slice(from, from + 10).trim()}" is no GraphQL`, line)
    const text = source.slice(from, TOKEN.lastIndex)
    for (const kind of ['name', 'number', 'text', 'sign'] as const)
      if (groups[kind] !== undefined) tokens.push({ kind, text, line })
    line += text.split('\n').length - 1
  }
  return tokens
}

class Reader {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  readDocument(): Operation | undefined {
    let first: Operation | undefined
    for (let token = this.#peek(); token; token = this.#peek()) {
      const { text, line } = token
      if (text === '{') {
        first ??= { name: undefined, variables: [], line }
        this.#skipGroup()
      } else if (OPERATIONS.includes(text)) {
        const operation = this.#readOperation()
        first ??= operation
      } else if (text === 'fragment') {
        this.#skipToSelection()
      } else {
        throw new Unreadable(`"${text}" begins neither an operation nor a fragment`, line)
      }
    }
    return first
  }

  #readOperation(): Operation {
    const { line } = this.#next()
    const name = this.#peek()?.kind === 'name' ? this.#next().text : undefined
    const variables = this.#peek()?.text === '(' ? this.#readVariables() : []
    this.#skipToSelection()
    return { name, variables, line }
  }

  #readVariables(): readonly Variable[] {
    const variables: Variable[] = []
    this.#take('(')
    while (this.#peek()?.text !== ')') {
      this.#take('$')
      const name = this.#takeKind('name')
      this.#take(':')
      const type = this.#readType()
      const hasDefault = this.#peek()?.text === '='
      if (hasDefault) this.#next()
      variables.push({ name, type, hasDefault, defaultValue: hasDefault ? this.#readValue() : null })
      while (this.#peek()?.text === '@') this.#skipDirective()
    }
    this.#take(')')
    return variables
  }

  #readType(): VariableType {
    if (this.#peek()?.text === '[') {
      this.#next()
      const list = this.#readType()
      this.#take(']')
      return { list, isRequired: this.#readMark() }
    }
    const name = this.#takeKind('name')
    return { name, isRequired: this.#readMark() }
  }

  #readMark(): boolean {
    if (this.#peek()?.text !== '!') return false
    this.#next()
    return true
  }

  #readValue(): unknown {
    const { kind, text, line } = this.#next()
    if (kind === 'number') return Number(text)
    if (kind === 'text') return readText(text)
    if (kind === 'name') return text === 'null' ? null : (TRUTHS.get(text) ?? text)
    if (text === '[') return this.#readUntil(']', () => this.#readValue())
    if (text === '{') return Object.fromEntries(this.#readUntil('}', () => this.#readEntry()))
    throw new Unreadable(`"${text}" is no value`, line)
  }

  #readEntry(): readonly [string, unknown] {
    const key = this.#takeKind('name')
    this.#take(':')
    return [key, this.#readValue()]
  }

  #readUntil<T>(end: string, read: () => T): readonly T[] {
    const values: T[] = []
    while (this.#peek()?.text !== end) values.push(read())
    this.#take(end)
    return values
  }

  #skipDirective(): void {
    this.#take('@')
    this.#takeKind('name')
    if (this.#peek()?.text === '(') this.#skipGroup()
  }

  #skipToSelection(): void {
    while (this.#peek() && this.#peek()?.text !== '{') {
      if (this.#peek()?.text === '(') this.#skipGroup()
      else this.#next()
    }
    this.#skipGroup()
  }

  /** Everything up to what closes what is next. */
  #skipGroup(): void {
    const open: string[] = []
    do {
      const { text, line } = this.#next()
      const closing = CLOSING[text]
      if (closing !== undefined) open.push(closing)
      else if (text === ')' || text === ']' || text === '}') {
        const wanted = open.pop()
        if (wanted !== text) throw new Unreadable(`"${text}" closes nothing`, line)
      }
    } while (open.length > 0)
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at]
  }

  #next(): Token {
    const token = this.#tokens[this.#at]
    if (!token) throw new Unreadable('something is not closed: the text ends', this.#tokens.at(-1)?.line ?? 1)
    this.#at += 1
    return token
  }

  #take(text: string): void {
    const token = this.#next()
    if (token.text !== text) throw new Unreadable(`"${token.text}" stands where "${text}" is wanted`, token.line)
  }

  #takeKind(kind: Token['kind']): string {
    const token = this.#next()
    if (token.kind !== kind) throw new Unreadable(`"${token.text}" stands where a ${kind} is wanted`, token.line)
    return token.text
  }
}

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** Its escapes are those of JSON. */
function readText(written: string): string {
  if (written.startsWith('"""')) return written.slice(3, -3).replaceAll('\\"""', '"""').trim()
  try {
    return String(JSON.parse(written))
  } catch {
    return written.slice(1, -1)
  }
}
