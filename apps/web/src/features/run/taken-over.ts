import type { CompletedJob } from '@millrace/contracts'

/** The run that a later call with the same debounce key made, and that does the work of this one too. */
export function findTakenOverBy({ is_skipped: isSkipped, result }: CompletedJob): string | undefined {
  if (!isSkipped || typeof result !== 'object' || result === null || !('debounced_by' in result)) return undefined
  return typeof result.debounced_by === 'string' ? result.debounced_by : undefined
}
