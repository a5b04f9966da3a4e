import type { Flow } from '@millrace/contracts'
import { stringify } from 'yaml'

/** A flow as the text that people edit: summary, description, value and schema. */
export function writeFlow({
  summary,
  description,
  value,
  schema,
}: Pick<Flow, 'summary' | 'description' | 'value' | 'schema'>): string {
  const document = {
    summary,
    ...(description && { description }),
    value: withoutEmptyLocks(value),
    ...(schema && { schema }),
  }
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, blockQuote: 'literal' })
}

/** Locks that say nothing are left out; they are made again. */
function withoutEmptyLocks(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutEmptyLocks)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).filter(([key, value]) => key !== 'lock' || value !== '')
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutEmptyLocks(value)]))
}
