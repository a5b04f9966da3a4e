import type { Executor } from './executor.ts'

/** Gives its arguments back. */
export const identity: Executor = {
  kind: 'identity',
  ownTag: true,
  execute: (job) => ({ status: 'success', resultJson: job.argsJson ?? '{}' }),
}
