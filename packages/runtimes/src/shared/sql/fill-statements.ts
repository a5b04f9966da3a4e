import { err, ok, type Result } from '@millrace/base/result'
import type { QueryProblem, QueryStatement, QueryValue } from '../../runtime.ts'
import type { InterpolatedArg } from './declarations.ts'
import type { Dialect } from './dialect.ts'
import type { BoundArg, Piece, SourceStatement, SqlSource } from './read-source.ts'

type Args = Readonly<Record<string, unknown>>

/** Names of tables and the like: parts with dots between, nothing that could end the name. */
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_$]*(?:\.[\p{L}_][\p{L}\p{N}_$]*){0,3}$/u

/** The statements with their values bound and their interpolated parts checked and put in. */
export function fillStatements(
  source: SqlSource,
  dialect: Dialect,
  args: Args,
): Result<readonly QueryStatement[], QueryProblem> {
  const parts = new Map<string, string>()
  for (const part of source.interpolated) {
    const checked = checkPart(part, args)
    if (!checked.ok) return checked
    parts.set(part.name, checked.value)
  }
  const values = source.args.map((arg) => valueOf(arg, args))
  return ok(source.statements.map((statement) => fill({ statement, source, dialect, values, parts })))
}

interface Filling {
  readonly statement: SourceStatement
  readonly source: SqlSource
  readonly dialect: Dialect
  readonly values: readonly QueryValue[]
  readonly parts: ReadonlyMap<string, string>
}

function fill({ statement, source, dialect, values, parts }: Filling): QueryStatement {
  /** Indices of arguments in the order in which they are bound. */
  const bound: number[] = []
  const write = (piece: Piece): string => {
    switch (piece.kind) {
      case 'text':
        return piece.text
      case 'interpolation':
        return parts.get(piece.name) ?? `%%${piece.name}%%`
      case 'argument':
        return writePlaceholder(piece, { source, dialect, bound })
    }
  }
  const text = statement.pieces.map(write).join('')
  return {
    text,
    line: statement.line,
    values: bound.map((index) => values[index]).filter((value) => value !== undefined),
  }
}

interface Binding {
  readonly source: SqlSource
  readonly dialect: Dialect
  readonly bound: number[]
}

/** An argument that a statement names twice is bound once where the language can say so. */
function writePlaceholder(
  piece: { readonly index: number; readonly isCast: boolean },
  { source, dialect, bound }: Binding,
): string {
  const arg = source.args[piece.index]
  if (!arg) return ''
  if (dialect.binding === 'question') {
    bound.push(piece.index)
    return '?'
  }
  if (!bound.includes(piece.index)) bound.push(piece.index)
  if (dialect.binding === 'named') return arg.placeholder
  const number = `$${bound.indexOf(piece.index) + 1}`
  if (!arg.needsCast || piece.isCast || arg.sqlType === undefined) return number
  return `${number}::${dialect.castAs?.[arg.sqlType] ?? arg.sqlType}`
}

/** What is not given and has no default is NULL. */
function valueOf(arg: BoundArg, args: Args): QueryValue {
  const given = Object.hasOwn(args, arg.name) ? args[arg.name] : undefined
  return {
    name: arg.placeholder.slice(1),
    type: arg.sqlType,
    value: given ?? (arg.hasDefault && given === undefined ? arg.defaultValue : null),
  }
}

function checkPart({ name, choices }: InterpolatedArg, args: Args): Result<string, QueryProblem> {
  const value = Object.hasOwn(args, name) ? args[name] : undefined
  const shown = JSON.stringify(value)?.slice(0, 100) ?? 'not given'
  if (choices) {
    if (typeof value === 'string' && choices.includes(value)) return ok(value)
    return err({
      name: 'ArgumentError',
      message: `the argument "${name}" is ${shown}; it must be one of ${choices.join(', ')}`,
    })
  }
  if (typeof value === 'string' && IDENTIFIER.test(value)) return ok(value)
  return err({
    name: 'ArgumentError',
    message: `the argument "${name}" is ${shown}; it must be the name of a table, column or the like (letters, digits, _, $ and dots)`,
  })
}
