import type { RetryPolicy } from './job.ts'

const DELAY_MS_MAX = 365 * 86_400_000

/**
 * Milliseconds until a run that failed for the nth time (`failures`, from 1) is tried again; undefined when it has had all its
 * attempts. `random` is from 0 to 1.
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: number): number | undefined {
  const { constant, exponential } = policy
  const constantAttempts = constant?.attempts ?? 0
  if (constant && failures <= constantAttempts) return bounded(constant.seconds * 1000)
  const nth = failures - constantAttempts
  if (!exponential || nth > exponential.attempts) return undefined
  const spread = ((exponential.random_factor ?? 0) / 100) * (2 * random - 1)
  return bounded(exponential.multiplier * exponential.seconds ** nth * (1 + spread) * 1000)
}

function bounded(delayMs: number): number {
  return Math.round(Math.min(DELAY_MS_MAX, Math.max(0, delayMs)))
}
