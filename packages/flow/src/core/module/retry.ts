import type { Retry } from '../definition/options.ts'

const DELAY_MS_MAX = 365 * 86_400_000

/** How long to wait until a module is tried again; the shell draws from the range of the random factor (0 to 1). */
export interface RetryDelay {
  readonly afterMs: number
  readonly randomFactor?: number
}

/**
 * The delay after the nth failure (from 1), undefined when all attempts are used: constant attempts first, then exponential ones,
 * of which the nth waits `multiplier` × `seconds` ^ n seconds.
 */
export function findRetryDelay(retry: Retry, failures: number): RetryDelay | undefined {
  const { constant, exponential } = retry
  const constantAttempts = constant?.attempts ?? 0
  if (constant !== undefined && failures <= constantAttempts) return { afterMs: bounded(constant.seconds) }

  const nth = failures - constantAttempts
  if (exponential === undefined || nth > exponential.attempts) return undefined
  const afterMs = bounded(exponential.multiplier * exponential.seconds ** nth)
  const randomFactor = (exponential.random_factor ?? 0) / 100
  return randomFactor === 0 ? { afterMs } : { afterMs, randomFactor }
}

function bounded(seconds: number): number {
  return Math.round(Math.min(DELAY_MS_MAX, seconds * 1000))
}
