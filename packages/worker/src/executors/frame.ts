import type { FlowShell } from '@millrace/flow'
import { frameKinds } from '@millrace/queue'
import type { Executor } from './executor.ts'

/** Takes flows and their parts from step to step; while their steps run they have no worker. */
export function frames(shell: FlowShell): readonly Executor[] {
  return [...frameKinds].map((kind) => ({ kind, execute: (job, context) => shell.run(job, context.signal) }))
}
