import type { Node } from 'acorn'

const SOURCE_CHARS_MAX = 80

/** The message for `a.b` where `a` is null or undefined: JavaScript's own, and what was read in the author's words. */
export function nothingToRead({
  read,
  nothing,
  key,
}: {
  read: string
  nothing: null | undefined
  key: string
}): string {
  return `TypeError: Cannot read properties of ${nothing} (reading '${key}'): ${read} is ${nothing}`
}

/** A part of a source in one short line. */
export function describeSource(source: string, { start, end }: Node): string {
  const text = source.slice(start, end).replaceAll(/\s+/g, ' ')
  return text.length > SOURCE_CHARS_MAX ? `${text.slice(0, SOURCE_CHARS_MAX)}…` : text
}
