import { Problem } from '@millrace/base/problem'

/** Deeper JSON than this is refused: what reads it later (databases, other languages) recurses. */
const DEPTH_MAX = 500

/** Parses JSON that a client sent; throws `request.malformed`. */
export function parseJson(text: string, place = 'body'): unknown {
  if (isDeeperThan(text, DEPTH_MAX))
    throw new Problem(
      'request.malformed',
      `The JSON of the ${place} is nested deeper than ${DEPTH_MAX} levels: flatten it.`,
    )
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Problem('request.malformed', `The ${place} is no JSON: ${why}.`)
  }
}

/** An object, not an array and not null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isDeeperThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (isInString) {
      if (char === BACKSLASH) at += 1
      else if (char === QUOTE) isInString = false
    } else if (char === QUOTE) isInString = true
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth += 1
      if (depth > limit) return true
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth -= 1
  }
  return false
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
