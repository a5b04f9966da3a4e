import type { AnyNode, CallExpression, MemberExpression } from 'acorn'
import type { ExpressionFault } from './evaluated.ts'
import { describeSource, nothingToRead } from './nothing-to-read.ts'
import { parseExpression, placeOf } from './parse-expression.ts'
import { literalKey } from './reads.ts'
import { syntaxNodes } from './syntax-nodes.ts'

/** The engine says what went wrong and about where; this says it in words of the source, as the fast lane does. */
export function explain(source: string, fault: ExpressionFault): ExpressionFault {
  const read = /^TypeError: Cannot read properties of (null|undefined) \(reading '([\s\S]*)'\)$/.exec(fault.message)
  if (read) return explainRead(source, fault, { nothing: read[1] === 'null' ? null : undefined, key: read[2] ?? '' })
  if (fault.message === 'TypeError: not a function') return explainCall(source, fault)
  return fault
}

function explainRead(
  source: string,
  fault: ExpressionFault,
  { nothing, key }: { readonly nothing: null | undefined; readonly key: string },
): ExpressionFault {
  const node = findAt(source, fault, (found): found is MemberExpression => {
    const known = found.type === 'MemberExpression' ? literalKey(found) : undefined
    return found.type === 'MemberExpression' && (known === undefined ? found.computed : known === key)
  })
  if (!node) return fault
  const message = nothingToRead({ read: describeSource(source, node.object), nothing, key })
  return { ...fault, message, ...placeOf(source, node.property.start) }
}

function explainCall(source: string, fault: ExpressionFault): ExpressionFault {
  const node = findAt(source, fault, (found): found is CallExpression => found.type === 'CallExpression')
  if (!node) return fault
  return { ...fault, message: `TypeError: ${describeSource(source, node.callee)} is not a function` }
}

/** The innermost node of a kind around the place of a fault. */
function findAt<Found extends AnyNode>(
  source: string,
  { line, column }: ExpressionFault,
  isWanted: (node: AnyNode) => node is Found,
): Found | undefined {
  const parsed = parseExpression(source)
  if (line === undefined || column === undefined || !('node' in parsed)) return undefined
  const around = [...syntaxNodes(parsed.node)]
    .map(({ node }) => node)
    .filter(isWanted)
    .filter((node) => isBefore(placeOf(source, node.start), { line, column }))
    .filter((node) => isBefore({ line, column }, placeOf(source, node.end)))
  return around.toSorted((a, b) => a.end - a.start - (b.end - b.start))[0]
}

interface Place {
  readonly line: number
  readonly column: number
}

function isBefore(a: Place, b: Place): boolean {
  return a.line < b.line || (a.line === b.line && a.column <= b.column)
}
