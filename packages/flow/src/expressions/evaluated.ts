/** What came of an expression: its value as JSON data, or why there is none. A fault is the author's, so it is a value. */
export type Evaluated = { readonly ok: true; readonly value: unknown } | ExpressionFault

export interface ExpressionFault {
  readonly ok: false
  readonly kind: 'syntax' | 'threw' | 'timeout' | 'memory' | 'too_large' | 'not_json' | 'lost'
  readonly message: string
  /** From 1; absent where no place is known. */
  readonly line?: number
  /** From 1. */
  readonly column?: number
}
