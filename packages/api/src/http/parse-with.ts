import { Problem } from '@millrace/base/problem'
import type { z } from 'zod'

/** Parses with a schema; throws `request.invalid` that names every field at fault and what it takes. */
export function parseWith<S extends z.ZodType>(
  schema: S,
  value: unknown,
  place: 'path' | 'query' | 'body',
): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.slice(0, 20).map((issue) => ({
    place,
    field: issue.path.map(String).join('.'),
    message: messageOf(issue),
  }))
  const said = fields.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ')
  throw new Problem('request.invalid', `The ${place} is not as it should be. ${said}.`, { detail: { fields } })
}

/** What the field takes; that a key of a record is wrong says nothing by itself. */
function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
}
