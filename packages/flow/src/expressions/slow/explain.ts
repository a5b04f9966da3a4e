import type { AnyNode } from 'acorn'
import type { ExpressionFault } from '../evaluated.ts'
import { describeSource, nothingToRead } from '../nothing-to-read.ts'
import { parseExpression, placeOf } from '../parse-expression.ts'
import { syntaxNodes } from '../syntax-nodes.ts'
import { toSourceOffset, type GuestCode } from './guest-code.ts'
import type { GuestFault } from './guest-task.ts'

/** A fault as the author sees it: at its place in the source, and in words of the source, as the fast lane says it. */
export function explain(source: string, guest: GuestCode, guestFault: GuestFault): ExpressionFault {
  const { fault, line, column, isDirect } = guestFault
  const plain: ExpressionFault = { ok: false, kind: fault, message: asOthersSay(guestFault.message) }
  const offset = line === undefined || column === undefined ? undefined : toSourceOffset(guest, { line, column })
  if (offset === undefined) return plain
  const placed = { ...plain, ...placeOf(source, offset) }
  if (!isDirect) return placed

  const nothing = /^TypeError: cannot read property .*of (null|undefined)$/s.exec(guestFault.message)?.[1]
  const place = { source, offset, fault: placed }
  if (nothing !== undefined) return explainRead(place, nothing === 'null' ? null : undefined)
  return guestFault.message === 'TypeError: not a function' ? explainCall(place) : placed
}

/** As authors know it from other engines. */
function asOthersSay(message: string): string {
  return message
    .replace(/^TypeError: cannot read property '(.*)' of (null|undefined)$/s, NOTHING_TO_READ)
    .replace(/^ReferenceError: '([^']+)' is not defined$/, 'ReferenceError: $1 is not defined')
}

const NOTHING_TO_READ = "TypeError: Cannot read properties of $2 (reading '$1')"

interface Place {
  readonly source: string
  /** At the dot or bracket behind what was read or called. */
  readonly offset: number
  readonly fault: ExpressionFault
}

function explainRead({ source, offset, fault }: Place, nothing: null | undefined): ExpressionFault {
  for (const node of nodesOf(source))
    if (node.type === 'MemberExpression' && node.object.end <= offset && offset < node.property.start)
      return { ...fault, message: nothingToRead(source, node, nothing), ...placeOf(source, node.property.start) }
  return fault
}

function explainCall({ source, offset, fault }: Place): ExpressionFault {
  for (const node of nodesOf(source))
    if (node.type === 'CallExpression' && node.callee.end <= offset && offset < (node.arguments[0]?.start ?? node.end))
      return { ...fault, message: `TypeError: ${describeSource(source, node.callee)} is not a function` }
  return fault
}

function nodesOf(source: string): readonly AnyNode[] {
  const parsed = parseExpression(source)
  return 'node' in parsed ? [...syntaxNodes(parsed.node)].map(({ node }) => node) : []
}
