import { err, ok, type Result } from '@millrace/base/result'
import type { SignatureProblem } from '../../runtime.ts'
import type { Arg, ArgType, Signature } from '../../signature.ts'
import { librarySignature, optionalArg, requiredArg } from '../signatures.ts'
import {
  plainType,
  readDeclarations,
  readDefault,
  typeOf,
  type Collection,
  type InterpolatedArg,
} from './declarations.ts'
import type { Dialect } from './dialect.ts'
import { lineOf, splitStatements, type SqlStatement } from './statements.ts'
import type { Token } from './tokenize.ts'

/** An argument that statements bind. */
export interface BoundArg {
  readonly name: string
  /** As in the text. */
  readonly placeholder: string
  readonly sqlType: string | undefined
  /** The type is said by a comment alone, so the text needs a cast where the language has one. */
  readonly needsCast: boolean
  readonly hasDefault: boolean
  readonly defaultValue: unknown
}

/** A part of a statement: text as it stands, an argument (by its place in `args`), or the name of an interpolated one. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'argument'; readonly index: number; readonly isCast: boolean }
  | { readonly kind: 'interpolation'; readonly name: string }

/** A statement ready to be filled in. */
export interface SourceStatement {
  readonly pieces: readonly Piece[]
  /** Of its first word, from 1. */
  readonly line: number
}

/** All that a source says. */
export interface SqlSource {
  readonly statements: readonly SourceStatement[]
  readonly args: readonly BoundArg[]
  readonly interpolated: readonly InterpolatedArg[]
  readonly database: string | undefined
  readonly collection: Collection
}

const INTERPOLATION = /%%([\p{L}_][\p{L}\p{N}_]*)%%/gu

/** Reads a source; a problem is a placeholder that nothing declares, or a word to us that we do not know. */
export function readSource(source: string, dialect: Dialect): Result<SqlSource, SignatureProblem> {
  const declared = readDeclarations(source, dialect)
  if (!declared.ok) return declared
  const { interpolated, database, collection } = declared.value
  const statements = splitStatements(source, dialect)
  const placeholders = statements.flatMap((statement) => findPlaceholders(source, statement))
  const args = new ArgumentTable(dialect)
  for (const arg of declared.value.args) args.declare(arg)
  for (const found of placeholders) {
    const problem = args.meet(found)
    if (problem !== undefined) {
      const line = lineOf(source, found.offset)
      return err({ message: `${problem} on line ${line}`, line })
    }
  }
  const pieces = new PieceReader(source, args)
  return ok({
    statements: statements.map((statement) => ({ pieces: pieces.read(statement), line: statement.line })),
    args: args.all,
    interpolated,
    database,
    collection,
  })
}

/** The form of a source: its connection unless that is pinned, what it binds, what becomes part of its text. */
export function sqlSignature(source: string, dialect: Dialect): Result<Signature, SignatureProblem> {
  const read = readSource(source, dialect)
  if (!read.ok) return read
  const { args, interpolated, database } = read.value
  const connection =
    dialect.resource === undefined || database !== undefined
      ? []
      : [requiredArg('database', { resource: dialect.resource })]
  const bound = args.map((arg): Arg => {
    const typ: ArgType = typeOf(arg.sqlType, dialect)
    return arg.hasDefault ? optionalArg(arg.name, typ, arg.defaultValue) : requiredArg(arg.name, typ)
  })
  const parts = interpolated.map(({ name, choices }) => requiredArg(name, { str: choices ?? null }))
  return ok({ ...librarySignature, autoKind: null, args: uniqueByName([...connection, ...bound, ...parts]) })
}

interface FoundPlaceholder {
  readonly text: string
  readonly offset: number
  /** Of a cast right behind it: `$1::int[]`. */
  readonly cast: string | undefined
}

class ArgumentTable {
  readonly #dialect: Dialect
  readonly #args: BoundArg[] = []
  #positionsMet = 0

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  get all(): readonly BoundArg[] {
    return this.#args
  }

  declare(arg: {
    readonly placeholder: string
    readonly name: string
    readonly sqlType: string | undefined
    readonly defaultText: string | undefined
  }): void {
    const { placeholder, name, sqlType, defaultText } = arg
    const hasDefault = defaultText !== undefined
    const defaultValue = hasDefault ? readDefault(defaultText, typeOf(sqlType, this.#dialect)) : null
    this.#args.push({ placeholder, name, sqlType, needsCast: sqlType !== undefined, hasDefault, defaultValue })
    if (this.#dialect.placeholders === 'number') this.#args.sort((one, other) => numberOf(one) - numberOf(other))
  }

  /** Learns from the text what comments did not say; returns what is wrong with it. */
  meet({ text, cast }: FoundPlaceholder): string | undefined {
    if (text === '?') return this.indexOfPosition(this.#positionsMet++) < 0 ? undeclared(text) : undefined
    const index = this.indexOf(text)
    const known = this.#args[index]
    if (!known) {
      // Variables of the language itself look alike (`@x`, `:x`): only what stands for a value for certain is an argument.
      if (this.#dialect.placeholders === 'number' || this.#dialect.placeholders === 'name')
        this.#args.push(this.#inferred(text, cast))
      if (this.#dialect.placeholders === 'number') this.#args.sort((one, other) => numberOf(one) - numberOf(other))
      return undefined
    }
    if (known.sqlType === undefined && cast !== undefined) this.#args[index] = this.#typed(known, cast)
    return undefined
  }

  indexOf(placeholder: string): number {
    return this.#args.findIndex((arg) => arg.placeholder.toLowerCase() === placeholder.toLowerCase())
  }

  /** The argument of the nth `?` of a source, from 0. */
  indexOfPosition(position: number): number {
    const positional = this.#args.flatMap((arg, index) => (arg.placeholder === '?' ? [index] : []))
    return positional[position] ?? -1
  }

  #inferred(placeholder: string, cast: string | undefined): BoundArg {
    const name = this.#dialect.placeholders === 'number' ? placeholder : placeholder.slice(1)
    return { placeholder, name, sqlType: cast, needsCast: false, hasDefault: false, defaultValue: null }
  }

  /** A default that was read as a text is read again, now that there is a type. */
  #typed(arg: BoundArg, sqlType: string): BoundArg {
    const { defaultValue } = arg
    const typ = typeOf(sqlType, this.#dialect)
    return {
      ...arg,
      sqlType,
      defaultValue: typeof defaultValue === 'string' ? readDefault(defaultValue, typ) : defaultValue,
    }
  }
}

class PieceReader {
  readonly #source: string
  readonly #args: ArgumentTable
  #positions = 0

  constructor(source: string, args: ArgumentTable) {
    this.#source = source
    this.#args = args
  }

  read({ tokens }: SqlStatement): readonly Piece[] {
    const pieces: Piece[] = []
    let text = ''
    const flush = () => {
      pieces.push(...cutInterpolations(text))
      text = ''
    }
    for (const [at, token] of tokens.entries()) {
      const written = this.#source.slice(token.start, token.end)
      if (token.kind !== 'placeholder' && token.kind !== 'comment') {
        text += written
        continue
      }
      flush()
      const isCast = readCast(this.#source, tokens, at) !== undefined
      pieces.push(token.kind === 'comment' ? { kind: 'text', text: written } : this.#argument(written, isCast))
    }
    flush()
    return pieces
  }

  #argument(text: string, isCast: boolean): Piece {
    const index = text === '?' ? this.#args.indexOfPosition(this.#positions++) : this.#args.indexOf(text)
    return index < 0 ? { kind: 'text', text } : { kind: 'argument', index, isCast }
  }
}

function findPlaceholders(source: string, { tokens }: SqlStatement): readonly FoundPlaceholder[] {
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'placeholder') return []
    const text = source.slice(token.start, token.end)
    return [{ text, offset: token.start, cast: readCast(source, tokens, at) }]
  })
}

/** The type in `$1::type`, which may have two words, a length and brackets. */
function readCast(source: string, tokens: readonly Token[], at: number): string | undefined {
  const next = tokens.slice(at + 1).find(({ kind }) => kind !== 'space' && kind !== 'comment')
  if (!next || source.slice(next.start, next.end) !== '::') return undefined
  const behind = source.slice(next.end, tokens.at(-1)?.end)
  const written =
    /^\s*(?:double\s+precision|character\s+varying|timestamp\s+with(?:out)?\s+time\s+zone|[\p{L}_"][\p{L}\p{N}_."]*)(?:\s*\([^()]*\))?(?:\s*\[\s*\d*\s*\])*/iu.exec(
      behind,
    )?.[0]
  return written === undefined ? undefined : plainType(written)
}

/** Text, cut where it names an interpolated argument. */
function cutInterpolations(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of text.matchAll(INTERPOLATION)) {
    if (match.index > from) pieces.push({ kind: 'text', text: text.slice(from, match.index) })
    pieces.push({ kind: 'interpolation', name: match[1] ?? '' })
    from = match.index + match[0].length
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) })
  return pieces
}

function undeclared(placeholder: string): string {
  return `nothing declares the argument of "${placeholder}" (-- ${placeholder} name (type))`
}

function numberOf({ placeholder }: BoundArg): number {
  return Number(placeholder.slice(1))
}

function uniqueByName(args: readonly Arg[]): readonly Arg[] {
  return args.filter((arg, index) => args.findIndex((other) => other.name === arg.name) === index)
}
