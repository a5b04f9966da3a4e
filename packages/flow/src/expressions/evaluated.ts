import type { JsonData } from './json-data.ts'

/** What came of an expression. Faults are the author's, so they are values and not thrown. */
export type Evaluated = { readonly ok: true; readonly data: JsonData } | ExpressionFault | ExpressionNeeds

/**
 * - `syntax`: it is no JavaScript
 * - `threw`: it threw, or rejected
 * - `timeout`, `memory`: it took more than an evaluation may
 * - `too_large`: the source, what it reads or its result is larger than may be
 * - `not_json`: its result cannot be said in JSON, such as a function or a BigInt
 * - `lost`: the thread that evaluated it ended; nothing is wrong with the expression
 */
export type FaultKind = 'syntax' | 'threw' | 'timeout' | 'memory' | 'too_large' | 'not_json' | 'lost'

/** Why there is no value, in a sentence for the author of the expression. */
export interface ExpressionFault {
  readonly ok: false
  readonly kind: FaultKind
  readonly message: string
  /** From 1; absent where no place is known, as of a time-out. */
  readonly line?: number
  /** From 1. */
  readonly column?: number
}

/** The expression asked for variables or resources that the scope did not have: call again with them. */
export interface ExpressionNeeds {
  readonly ok: false
  readonly kind: 'needs'
  readonly variables: readonly string[]
  readonly resources: readonly string[]
}

/** A result that is larger than it may be. */
export function tooLarge(resultBytesMax: number): ExpressionFault {
  const message = `its result is larger than ${resultBytesMax} bytes of JSON; keep large data in a file or an object store, and pass its name`
  return { ok: false, kind: 'too_large', message }
}
