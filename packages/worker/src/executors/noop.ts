import type { Executor } from './executor.ts'

/** Does nothing: measures the queue itself. */
export const noop: Executor = {
  kind: 'noop',
  execute: () => ({ status: 'success', resultJson: 'null' }),
}
