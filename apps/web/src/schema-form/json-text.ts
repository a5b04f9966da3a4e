export type JsonKind = 'object' | 'array' | 'any'

/**
 * The value that a text stands for: JSON where it is JSON, nothing when blank, else the text itself, which a field of
 * any type takes as a string and a field for objects or lists then reports.
 */
export function parseJsonText(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A value as it is edited. */
export function toJsonText(value: unknown, kind: JsonKind): string {
  if (value === undefined) return ''
  if (typeof value === 'string' && (kind !== 'any' || parseJsonText(value) === value)) return value
  return JSON.stringify(value, null, 2)
}
