import type { AnyNode, Program } from 'acorn'
import type { Parsed } from '../parse-expression.ts'
import { SCOPE_NAMES } from '../scope.ts'
import { syntaxNodes } from '../syntax-nodes.ts'

/** Code for the slow lane, in which the source begins at an offset. */
export interface GuestCode {
  readonly code: string
  readonly sourceAt: number
  /** Where characters of ours stand in the midst of the source. */
  readonly inserted?: { readonly at: number; readonly chars: number }
}

/** What the code is called with, in this order. */
const PARAMETERS: readonly string[] = [...SCOPE_NAMES, 'results', 'variable', 'resource']

/**
 * The author's source as a function of what it may read, which gives a promise. The inner function is so that the source may
 * declare names like those of the parameters. Nothing depends on that the source stays inside of it: the border is the engine.
 */
const HEAD = `(${PARAMETERS.join(', ')}) => (async () => {`
const TAIL = '\n})()'

export function toGuestCode(source: string, parsed: Parsed): GuestCode {
  switch (parsed.form) {
    case 'empty':
      return { code: HEAD + TAIL, sourceAt: HEAD.length }
    case 'expression':
      return ofExpression(source.slice(0, parsed.node.end))
    case 'body':
      return ofBody(source, parsed.node)
  }
}

/** Where a place of the engine is in the source. It counts lines by line feeds, and in them characters and not halves of them. */
export function toSourceOffset(
  { code, sourceAt, inserted }: GuestCode,
  { line, column }: { readonly line: number; readonly column: number },
): number | undefined {
  const lines = code.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0)
  const within = [...(lines[line - 1] ?? '')].slice(0, column - 1).join('').length
  const offset = before + within - sourceAt
  if (!inserted || offset <= inserted.at) return offset < 0 ? undefined : offset
  return Math.max(offset - inserted.chars, inserted.at)
}

function ofExpression(expression: string): GuestCode {
  const head = `${HEAD} return (\n`
  return { code: `${head}${expression}\n)${TAIL}`, sourceAt: head.length }
}

const RETURN = 'return ('

/** Statements without a `return` of their own give the value of the last one, when that is an expression. */
function ofBody(source: string, program: Program): GuestCode {
  const head = `${HEAD}\n`
  const last = program.body.findLast(({ type }) => type !== 'EmptyStatement')
  if (last?.type !== 'ExpressionStatement' || hasReturn(program))
    return { code: head + source + TAIL, sourceAt: head.length }
  const { start, end } = last.expression
  const body = `${source.slice(0, start)}${RETURN}${source.slice(start, end)})${source.slice(end)}`
  return { code: head + body + TAIL, sourceAt: head.length, inserted: { at: start, chars: RETURN.length } }
}

function hasReturn(program: Program): boolean {
  const nodes = [...syntaxNodes(program, (node) => !isFunction(node))]
  return nodes.some(({ node }) => node.type === 'ReturnStatement')
}

function isFunction({ type }: AnyNode): boolean {
  return type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression'
}
