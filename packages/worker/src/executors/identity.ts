import type { Executor } from './executor.ts'

/** Gives its arguments back. */
export const identity: Executor = {
  kind: 'identity',
  execute: (job) => ({ status: 'success', resultJson: job.argsJson ?? '{}' }),
}
