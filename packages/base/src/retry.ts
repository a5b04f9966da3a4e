const DELAY_MS_MAX = 365 * 86_400_000

/** How often and when something that failed is tried again: constant attempts come first, then exponential ones. */
export interface RetryPolicy {
  readonly constant?: { readonly attempts: number; readonly seconds: number } | undefined
  /** Waits `multiplier` × `seconds` ^ n before its nth attempt, give or take `random_factor` percent. */
  readonly exponential?:
    | {
        readonly attempts: number
        readonly multiplier: number
        readonly seconds: number
        readonly random_factor?: number | undefined
      }
    | undefined
}

/** A delay, and the part of it (0 to 1) by which it may be shorter or longer. */
export interface RetryDelay {
  readonly afterMs: number
  readonly randomFactor?: number
}

/** The delay after the nth failure (from 1), a year at the most; undefined when all attempts are used. */
export function findRetryDelay(policy: RetryPolicy, failures: number): RetryDelay | undefined {
  const { constant, exponential } = policy
  const constantAttempts = constant?.attempts ?? 0
  if (constant !== undefined && failures <= constantAttempts) return { afterMs: bounded(constant.seconds * 1000) }

  const nth = failures - constantAttempts
  if (exponential === undefined || nth > exponential.attempts) return undefined
  const afterMs = bounded(exponential.multiplier * exponential.seconds ** nth * 1000)
  const randomFactor = (exponential.random_factor ?? 0) / 100
  return randomFactor === 0 ? { afterMs } : { afterMs, randomFactor }
}

/** Milliseconds from the range of a delay; `random` is from 0 to 1. */
export function drawDelayMs({ afterMs, randomFactor = 0 }: RetryDelay, random: number): number {
  return bounded(afterMs * (1 + randomFactor * (2 * random - 1)))
}

function bounded(delayMs: number): number {
  return Math.round(Math.min(DELAY_MS_MAX, Math.max(0, delayMs)))
}
