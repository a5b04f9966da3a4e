import { drawDelayMs, findRetryDelay, type RetryPolicy } from '@millrace/base/retry'

/**
 * Milliseconds until a run that failed for the nth time (`failures`, from 1) is tried again; undefined when it has had all its
 * attempts. `random` is from 0 to 1.
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: number): number | undefined {
  const delay = findRetryDelay(policy, failures)
  return delay && drawDelayMs(delay, random)
}
