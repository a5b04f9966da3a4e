import { err, ok, type Result } from '@millrace/base/result'
import type { SignatureProblem } from '../../runtime.ts'
import type { ArgType } from '../../signature.ts'
import type { Dialect, PlaceholderStyle } from './dialect.ts'
import { lineOf } from './statements.ts'
import { tokenize } from './tokenize.ts'

/** How much of what the statements give is the result. */
export interface Collection {
  readonly statements: 'last' | 'all'
  readonly rows: 'all' | 'first'
  /** The first column of a row instead of an object. */
  readonly isScalar: boolean
}

/** An argument that is bound, declared in a comment. */
export interface DeclaredArg {
  /** As in the text: `$1`, `:name`, `@P1`; `?` for one by position. */
  readonly placeholder: string
  readonly name: string
  /** In the words of the language, without its length: `int`, `text[]`; undefined where none is declared. */
  readonly sqlType: string | undefined
  readonly defaultText: string | undefined
}

/** An argument that becomes a part of the text, as `%%name%%`. */
export interface InterpolatedArg {
  readonly name: string
  /** What it may be; undefined for any name of a table, column or the like. */
  readonly choices: readonly string[] | undefined
}

/** What the comments of a source say. */
export interface Declarations {
  readonly args: readonly DeclaredArg[]
  readonly interpolated: readonly InterpolatedArg[]
  /** Path of the resource that the source is bound to. */
  readonly database: string | undefined
  readonly collection: Collection
}

const NAME = '[\\p{L}_][\\p{L}\\p{N}_]*'
const TYPE_AND_DEFAULT = '(?:\\s*\\(((?:[^()]|\\([^()]*\\))*)\\))?(?:\\s*=\\s*(.*?))?\\s*$'

const ARGUMENT: Readonly<Record<PlaceholderStyle, RegExp>> = {
  number: new RegExp(`^\\$(\\d+)\\s+(${NAME})${TYPE_AND_DEFAULT}`, 'u'),
  name: new RegExp(`^\\$(${NAME})(?:\\s+(${NAME}))?${TYPE_AND_DEFAULT}`, 'u'),
  question: new RegExp(`^[?:](${NAME})?(?:\\s+(${NAME}))?${TYPE_AND_DEFAULT}`, 'u'),
  colon: new RegExp(`^:(${NAME})(?:\\s+(${NAME}))?${TYPE_AND_DEFAULT}`, 'u'),
  at: new RegExp(`^@(${NAME})(?:\\s+(${NAME}))?${TYPE_AND_DEFAULT}`, 'u'),
}
const INTERPOLATED = new RegExp(`^%%(${NAME})%%(?:\\s+(\\S.*?))?\\s*$`, 'u')
const DATABASE = /^database\s+(\S+)\s*$/
const COLLECTION = /^result_collection\s*=\s*(\S+)\s*$/
const COLLECTIONS = /^(last|all)_statements?_(all_rows|first_row)(_scalar)?$/
const EVERY_ROW: Collection = { statements: 'last', rows: 'all', isScalar: false }

/** Reads the comments that begin a line; one that says nothing to us is a remark. */
export function readDeclarations(source: string, dialect: Dialect): Result<Declarations, SignatureProblem> {
  const args: DeclaredArg[] = []
  const interpolated: InterpolatedArg[] = []
  let database: string | undefined
  let collection = EVERY_ROW
  for (const { text, offset } of remarks(source, dialect)) {
    const mode = COLLECTION.exec(text)?.[1]
    const read = mode === undefined ? undefined : readCollection(mode)
    if (mode !== undefined && !read) return err(unknownCollection(mode, lineOf(source, offset)))
    collection = read ?? collection
    database ??= dialect.resource === undefined ? undefined : readPath(text)
    const arg = readArgument(text, dialect.placeholders)
    if (arg && !args.some((other) => isSame(arg, other))) args.push(arg)
    const [, name, choices] = INTERPOLATED.exec(text) ?? []
    if (name !== undefined && !interpolated.some((other) => other.name === name))
      interpolated.push({ name, choices: choices?.split('/').map((choice) => choice.trim()) })
  }
  return ok({ args, interpolated, database, collection })
}

/** The type of an argument in the vocabulary of all languages. */
export function typeOf(sqlType: string | undefined, dialect: Dialect): ArgType {
  if (sqlType === undefined) return { str: null }
  if (sqlType.endsWith('[]')) return { list: typeOf(sqlType.slice(0, -2), dialect) }
  return (Object.hasOwn(dialect.types, sqlType) ? dialect.types[sqlType] : undefined) ?? { str: null }
}

/** `VARCHAR(20)` is `varchar`, `double  precision` has one space, `INT [ ]` is `int[]`. */
export function plainType(written: string): string | undefined {
  const plain = written
    .toLowerCase()
    .replaceAll(/\([^()]*\)/g, '')
    .replaceAll(/\s*\[\s*\d*\s*\]/g, '[]')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return plain === '' ? undefined : plain
}

/** A default as its type reads it; the text itself where that is no value of the type. */
export function readDefault(text: string, typ: ArgType): unknown {
  if (/^null$/i.test(text)) return null
  if (typ === 'int' || typ === 'float') return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text
  if (typ === 'bool' && /^(?:true|false|0|1)$/i.test(text)) return /^(?:true|1)$/i.test(text)
  if (typeof typ !== 'object' || 'str' in typ) return text
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return text
  }
}

/** Comments that stand alone on their line, without what makes them one. */
function remarks(source: string, dialect: Dialect): readonly { readonly text: string; readonly offset: number }[] {
  return tokenize(source, dialect).flatMap((token) => {
    const text = source.slice(token.start, token.end)
    if (token.kind !== 'comment' || text.startsWith('/*')) return []
    const before = source.slice(source.lastIndexOf('\n', token.start - 1) + 1, token.start)
    if (before.trim() !== '') return []
    return [{ text: text.replace(/^(?:--|#)\s*/, ''), offset: token.start }]
  })
}

function readArgument(text: string, style: PlaceholderStyle): DeclaredArg | undefined {
  const match = ARGUMENT[style].exec(text)
  if (!match) return undefined
  const [, first, second, type, defaultText] = match
  const isPosition = text.startsWith('?')
  // `-- ?name`, and `-- : name`, are no declarations.
  if (isPosition ? first !== undefined || second === undefined : first === undefined) return undefined
  const sigil = text[0] ?? ''
  return {
    placeholder: isPosition ? '?' : `${sigil}${first}`,
    name: second ?? first ?? '',
    sqlType: type === undefined ? undefined : plainType(type),
    defaultText,
  }
}

/** Declared twice; those by position are as many as there are. */
function isSame(one: DeclaredArg, other: DeclaredArg): boolean {
  return one.placeholder !== '?' && one.placeholder === other.placeholder
}

function readPath(text: string): string | undefined {
  return DATABASE.exec(text)?.[1]?.replace(/^\$res:/, '')
}

function readCollection(mode: string): Collection | undefined {
  if (mode === 'legacy') return EVERY_ROW
  const [, statements, rows, scalar] = COLLECTIONS.exec(mode) ?? []
  if (statements === undefined) return undefined
  return {
    statements: statements === 'all' ? 'all' : 'last',
    rows: rows === 'first_row' ? 'first' : 'all',
    isScalar: scalar !== undefined,
  }
}

function unknownCollection(mode: string, line: number): SignatureProblem {
  const all = ['last_statement', 'all_statements'].flatMap((head) => [`${head}_all_rows`, `${head}_first_row`])
  return {
    message: `result_collection on line ${line} is "${mode}"; it can be ${all.join(', ')}, each also with _scalar`,
    line,
  }
}
