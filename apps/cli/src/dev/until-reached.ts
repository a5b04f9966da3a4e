import { sleep } from '@millrace/base/time'
import { ApiError } from '@millrace/client'

const BACKOFF_MS = 500
const BACKOFF_MS_MAX = 10_000

/** How often and with what words a call is tried again. */
export interface Patience {
  readonly signal: AbortSignal
  /** Told once, at the first failure. */
  readonly onAway: (message: string) => void
  /** Told when the server answers again. */
  readonly onBack: () => void
}

/** Calls until the server can be reached; other failures, and the end by the signal, are thrown. */
export async function untilReached<T>(call: () => Promise<T>, { signal, onAway, onBack }: Patience): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      const value = await call()
      if (failures > 0) onBack()
      return value
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error
      if (failures === 0) onAway(error.message)
      await sleep(error.retryAfterMs ?? Math.min(BACKOFF_MS * 2 ** failures, BACKOFF_MS_MAX), signal)
      signal.throwIfAborted()
    }
  }
}

function isPassing(error: unknown): error is ApiError {
  if (!ApiError.is(error)) return false
  return (
    ['network.unreachable', 'network.timed_out'].includes(error.code) || [429, 502, 503, 504].includes(error.status)
  )
}
