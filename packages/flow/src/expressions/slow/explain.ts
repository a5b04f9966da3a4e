import type { AnyNode } from 'acorn'
import type { ExpressionFault } from '../evaluated.ts'
import { describeSource, nothingToRead } from '../nothing-to-read.ts'
import { parseExpression, placeOf } from '../parse-expression.ts'
import { syntaxNodes } from '../syntax-nodes.ts'
import { toSourceOffset, type GuestCode } from './guest-code.ts'
import type { GuestFault } from './guest-task.ts'

/** A fault as the author sees it: at its place in the source, and in words of the source, as the fast lane says it. */
export function explain(
  source: string,
  guest: GuestCode,
  { fault, message, line, column }: GuestFault,
): ExpressionFault {
  const offset = line === undefined || column === undefined ? undefined : toSourceOffset(guest, { line, column })
  const plain: ExpressionFault = { ok: false, kind: fault, message }
  if (offset === undefined) return plain

  const nodes = () => syntaxNodesOf(source)
  const read = /^TypeError: cannot read property (?:'[\s\S]*' )?of (null|undefined)$/.exec(message)
  if (read) return explainRead({ source, offset, nodes: nodes() }, plain, read[1] === 'null' ? null : undefined)
  const placed = { ...plain, ...placeOf(source, offset) }
  return message === 'TypeError: not a function' ? explainCall({ source, offset, nodes: nodes() }, placed) : placed
}

interface Place {
  readonly source: string
  /** At the dot or bracket behind what was read or called. */
  readonly offset: number
  readonly nodes: readonly AnyNode[]
}

function explainRead(
  { source, offset, nodes }: Place,
  fault: ExpressionFault,
  nothing: null | undefined,
): ExpressionFault {
  for (const node of nodes)
    if (node.type === 'MemberExpression' && node.object.end <= offset && offset < node.property.start)
      return { ...fault, message: nothingToRead(source, node, nothing), ...placeOf(source, node.property.start) }
  return { ...fault, message: `TypeError: Cannot read properties of ${nothing}`, ...placeOf(source, offset) }
}

function explainCall({ source, offset, nodes }: Place, fault: ExpressionFault): ExpressionFault {
  for (const node of nodes)
    if (node.type === 'CallExpression' && node.callee.end <= offset && offset < (node.arguments[0]?.start ?? node.end))
      return { ...fault, message: `TypeError: ${describeSource(source, node.callee)} is not a function` }
  return fault
}

function syntaxNodesOf(source: string): readonly AnyNode[] {
  const parsed = parseExpression(source)
  return 'node' in parsed ? [...syntaxNodes(parsed.node)].map(({ node }) => node) : []
}
