import { BoundedCache } from './bounded-cache.ts'
import type { ExpressionFault } from './evaluated.ts'
import { compileFast, type FastExpression } from './fast/compile-fast.ts'
import { parseExpression, type Parsed } from './parse-expression.ts'
import { findReads, type Reads } from './reads.ts'
import { toGuestCode, type GuestCode } from './slow/guest-code.ts'

/** What is known of a source without evaluating it. */
export interface Analysis {
  readonly ok: true
  /** Nothing but blanks and comments: its result is null, and an argument that it is for is absent. */
  readonly isEmpty: boolean
  readonly reads: Reads
  /** How it is evaluated at once; absent when its form is the slow lane's. */
  readonly fast: FastExpression | undefined
  /** What the slow lane evaluates. */
  readonly guest: GuestCode
}

/** Longer sources are refused; an expression is no place for data. */
export const SOURCE_CHARS_MAX = 256 * 1024

/** Weighed in characters of source, a share of some fifty bytes each, since parts of the syntax tree are kept. */
const analyses = new BoundedCache<Analysis | ExpressionFault>(1024 * 1024)

/** What each one weighs besides its length. */
const WEIGHT_MIN = 200

/** Reads a source, once for each; a source that is no JavaScript is a fault of kind `syntax` with its place. */
export function analyse(source: string): Analysis | ExpressionFault {
  const known = analyses.get(source)
  if (known) return known
  const analysis = analyseAfresh(source)
  analyses.set(source, analysis, WEIGHT_MIN + Math.min(source.length, SOURCE_CHARS_MAX))
  return analysis
}

function analyseAfresh(source: string): Analysis | ExpressionFault {
  if (source.length > SOURCE_CHARS_MAX) return tooLong()
  if (!source.isWellFormed()) return illFormed()
  const parsed = parseExpression(source)
  return 'ok' in parsed ? parsed : describe(source, parsed)
}

const READS_NOTHING: Reads = {
  names: new Set(),
  results: new Set(),
  variables: new Set(),
  resources: new Set(),
  asksLater: false,
}

const NOTHING_TO_DO: FastExpression = { source: '', code: () => null, buildsObjects: false }

function describe(source: string, parsed: Parsed): Analysis {
  const guest = toGuestCode(source, parsed)
  if (parsed.form === 'empty') return { ok: true, isEmpty: true, reads: READS_NOTHING, fast: NOTHING_TO_DO, guest }
  const fast = parsed.form === 'expression' ? compileFast(source, parsed.node) : undefined
  return { ok: true, isEmpty: false, reads: findReads(parsed.node), fast, guest }
}

function tooLong(): ExpressionFault {
  const message = `the expression is longer than ${SOURCE_CHARS_MAX} characters; move what is long into a step or a file`
  return { ok: false, kind: 'too_large', message }
}

function illFormed(): ExpressionFault {
  return { ok: false, kind: 'syntax', message: 'the expression holds half of a character', line: 1, column: 1 }
}
