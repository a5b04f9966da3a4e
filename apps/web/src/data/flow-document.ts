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
    value: tidy(value),
    ...(schema && { schema }),
  }
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, blockQuote: 'literal' })
}

/** As people read it: id and summary of a step before what it does; locks that say nothing are left out, for they are made again. */
function tidy(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(tidy)
  if (typeof node !== 'object' || node === null) return node
  const { id, summary, ...rest } = { id: undefined, summary: undefined, ...node }
  const entries = Object.entries({ id, summary, ...rest }).filter(
    ([key, value]) => value !== undefined && (key !== 'lock' || value !== ''),
  )
  return Object.fromEntries(entries.map(([key, value]) => [key, tidy(value)]))
}
