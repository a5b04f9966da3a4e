import { ApiError, createClient } from '@millrace/client'

/** Speaks to the server that the page came from; the cookie `token` says who. */
export const client = createClient({ baseUrl: '' })

/** Whether a call failed because nobody is signed in. */
export function isSignedOut(error: unknown): boolean {
  return ApiError.is(error) && error.status === 401 && error.code !== 'auth.bad_credentials'
}

/** A failure as a page tells it: the sentence, and what folds out. */
export function describeError(error: unknown): { readonly message: string; readonly details: string | undefined } {
  if (!ApiError.is(error))
    return { message: error instanceof Error ? error.message : String(error), details: undefined }
  const details = [
    `code: ${error.code}`,
    error.status > 0 && `status: ${error.status}`,
    error.requestId && `request: ${error.requestId}`,
    error.detail !== undefined && `detail: ${JSON.stringify(error.detail, null, 2)}`,
  ]
  return { message: error.message, details: details.filter(Boolean).join('\n') }
}
