import type { MemberExpression, Node } from 'acorn'
import { literalKey } from './reads.ts'

const SOURCE_CHARS_MAX = 80

/** The message for `a.b` where `a` is null or undefined: JavaScript's own, and what was read in the author's words. */
export function nothingToRead(source: string, node: MemberExpression, nothing: null | undefined): string {
  const key = literalKey(node)
  const reading = key === undefined ? `[${describeSource(source, node.property)}]` : `'${key}'`
  return `TypeError: Cannot read properties of ${nothing} (reading ${reading}): ${describeSource(source, node.object)} is ${nothing}`
}

/** A part of a source in one short line. */
export function describeSource(source: string, { start, end }: Node): string {
  const text = source.slice(start, end).replaceAll(/\s+/g, ' ')
  return text.length > SOURCE_CHARS_MAX ? `${text.slice(0, SOURCE_CHARS_MAX)}…` : text
}
