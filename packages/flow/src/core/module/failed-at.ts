import type { FlowError, FlowErrorRef } from '../protocol.ts'

/** Something that failed at a step without a job of its own: its result is `{error}`, which names the step. */
export function failedAt(step: string, { name, message, step_id = step }: FlowError): FlowErrorRef {
  return { result: { kind: 'error', error: { name, message, step_id } }, step }
}
