import { getLineInfo, parse, parseExpressionAt, type Expression, type Options, type Program } from 'acorn'
import type { ExpressionFault } from './evaluated.ts'

/** A source as what it means: nothing, one expression, or the body of a function. */
export type Parsed =
  | { readonly form: 'empty' }
  | { readonly form: 'expression'; readonly node: Expression }
  | { readonly form: 'body'; readonly node: Program }

const OPTIONS: Options = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
  allowHashBang: false,
  // So that the end of an expression is behind its parentheses.
  preserveParens: true,
}

/**
 * Reads a source as an expression if it can be one, so that `{ a: 1 }` is an object and not a block, else as statements. Blanks,
 * comments and semicolons behind an expression change nothing.
 */
export function parseExpression(source: string): Parsed | ExpressionFault {
  const asExpression = attempt(() => wholeExpression(source))
  if ('node' in asExpression) return { form: 'expression', node: asExpression.node }
  const asBody = attempt(() => parse(source, OPTIONS))
  if ('node' in asBody) return formOf(asBody.node)
  // Whichever reading came further is what the author meant.
  return toFault(source, asExpression.at > asBody.at ? asExpression : asBody)
}

function formOf(program: Program): Parsed {
  const isEmpty = program.body.every(({ type }) => type === 'EmptyStatement')
  return isEmpty ? { form: 'empty' } : { form: 'body', node: program }
}

/** Throws a syntax error when there is more than an expression. */
function wholeExpression(source: string): Expression {
  const node = parseExpressionAt(source, 0, OPTIONS)
  // Filled up, so that places in it are places in the source.
  const rest = parse(source.slice(node.end).padStart(source.length), OPTIONS)
  const more = rest.body.find(({ type }) => type !== 'EmptyStatement')
  if (more) throw new MoreThanExpression(more.start)
  return node
}

/** There are further statements, so this is no expression. */
class MoreThanExpression extends Error {
  override readonly name = 'MoreThanExpression'
  readonly pos: number

  constructor(pos: number) {
    super('there is more behind the expression')
    this.pos = pos
  }
}

interface Failure {
  readonly at: number
  readonly message: string
}

function attempt<Node>(read: () => Node): { readonly node: Node } | Failure {
  try {
    return { node: read() }
  } catch (error) {
    if (error instanceof MoreThanExpression) return { at: -1, message: error.message }
    if (!(error instanceof SyntaxError)) throw error
    const at = 'pos' in error && typeof error.pos === 'number' ? error.pos : 0
    const message = error.message.replace(/ \(\d+:\d+\)$/, '')
    return { at, message: message.includes('stack space') ? 'it is nested too deeply to be read' : message }
  }
}

function toFault(source: string, { at, message }: Failure): ExpressionFault {
  return { ok: false, kind: 'syntax', message, ...placeOf(source, at) }
}

/** Where an offset is, in lines and columns from 1. */
export function placeOf(source: string, offset: number): { readonly line: number; readonly column: number } {
  const { line, column } = getLineInfo(source, offset)
  return { line, column: column + 1 }
}
