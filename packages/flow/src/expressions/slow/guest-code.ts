import type { AnyNode, Program } from 'acorn'
import { placeOf, type Parsed } from '../parse-expression.ts'
import { SCOPE_NAMES } from '../scope.ts'
import { syntaxNodes } from '../syntax-nodes.ts'

/** What the code is called with, in this order. */
export const GUEST_PARAMETERS: readonly string[] = [...SCOPE_NAMES, 'results', 'variable', 'resource']

/** Code for the slow lane, and how places in it are places in the source. */
export interface GuestCode {
  readonly code: string
  /** Where characters of ours stand in a line of the source. */
  readonly inserted?: { readonly line: number; readonly column: number; readonly chars: number }
}

/**
 * The author's source as a function of what it may read, which gives a promise. The inner function is so that the source may
 * declare names like those of the parameters. Nothing depends on that the source stays inside of it: the border is the engine.
 */
export function toGuestCode(source: string, parsed: Parsed): GuestCode {
  switch (parsed.form) {
    case 'empty':
      return { code: wrap('') }
    case 'expression':
      return { code: wrap(` return (\n${source.slice(0, parsed.node.end)}\n)`) }
    case 'body':
      return bodyOf(source, parsed.node)
  }
}

/** Where a place in guest code is in the source; undefined for places in lines of ours. */
export function toSourcePlace(
  { inserted }: GuestCode,
  { line, column }: { readonly line: number; readonly column: number },
): { readonly line: number; readonly column: number } | undefined {
  // The first line is ours.
  const own = line - 1
  if (own < 1) return undefined
  const isBehind = inserted?.line === own && column > inserted.column
  return { line: own, column: isBehind ? Math.max(column - inserted.chars, inserted.column) : column }
}

function wrap(body: string): string {
  return `(${GUEST_PARAMETERS.join(', ')}) => (async () => {${body}\n})()`
}

const RETURN = 'return ('

/** Statements without a `return` of their own give the value of the last one, when that is an expression. */
function bodyOf(source: string, program: Program): GuestCode {
  const last = program.body.findLast(({ type }) => type !== 'EmptyStatement')
  if (last?.type !== 'ExpressionStatement' || hasReturn(program)) return { code: wrap(`\n${source}`) }
  const { start, end } = last.expression
  const code = wrap(`\n${source.slice(0, start)}${RETURN}${source.slice(start, end)})${source.slice(end)}`)
  return { code, inserted: { ...placeOf(source, start), chars: RETURN.length } }
}

function hasReturn(program: Program): boolean {
  const nodes = [...syntaxNodes(program, (node) => !isFunction(node))]
  return nodes.some(({ node }) => node.type === 'ReturnStatement')
}

function isFunction({ type }: AnyNode): boolean {
  return type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression'
}
