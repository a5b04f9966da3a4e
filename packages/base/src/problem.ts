const PROBLEM = Symbol.for('millrace.problem')

/** What may accompany a problem: facts for the caller (`detail`) and a sentence for our log only (`internal`). */
export interface ProblemOptions {
  readonly detail?: unknown
  readonly internal?: string
  readonly cause?: unknown
  /** Extra response headers, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * The caller's fault: bad input, no right, not there, conflict, too many. `code` is permanent (`noun.what_is_wrong`) and
 * stands in the catalogue of `contracts`, which knows its HTTP status; `message` says what happened and what to do.
 */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly [PROBLEM] = true
  readonly code: string
  readonly options: ProblemOptions

  constructor(code: string, message: string, options: ProblemOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.options = options
  }

  /** Tests a mark rather than `instanceof`, so that two copies of this module agree. */
  static is(error: unknown): error is Problem {
    return typeof error === 'object' && error !== null && PROBLEM in error
  }
}
