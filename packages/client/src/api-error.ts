import type { ProblemCode } from '@millrace/contracts'

const API_ERROR = Symbol.for('millrace.api-error')

/** What may go wrong before a server's own problem can be read. */
export type TransportCode = 'network.unreachable' | 'network.timed_out' | 'network.bad_reply'

/** The fields of a failed call. */
export interface ApiErrorFields {
  /** HTTP status; 0 when there was no reply. */
  readonly status: number
  /** A code of the problem catalogue, or a `network.…` code of this client; servers newer than it may send others. */
  readonly code: ProblemCode | TransportCode | (string & Record<never, never>)
  readonly message: string
  readonly detail?: unknown
  readonly requestId?: string | undefined
  /** From `retry-after`, when the server says it. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/** A call that failed: the server's problem in its own words, or `status: 0` when it could not be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly [API_ERROR] = true
  readonly status: number
  readonly code: ApiErrorFields['code']
  readonly detail: unknown
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(fields: ApiErrorFields) {
    super(fields.message, { cause: fields.cause })
    this.status = fields.status
    this.code = fields.code
    this.detail = fields.detail
    this.requestId = fields.requestId
    this.retryAfterMs = fields.retryAfterMs
  }

  /** Tests a mark rather than `instanceof`, so that two copies of this module agree. */
  static is(error: unknown): error is ApiError {
    return typeof error === 'object' && error !== null && API_ERROR in error
  }
}
