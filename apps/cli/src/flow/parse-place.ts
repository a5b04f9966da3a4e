import type { FlowRestart } from '@millrace/contracts'
import { UsageError } from '../exit.ts'

/** Where a run begins again, as the API takes it. */
export type Place = Pick<FlowRestart, 'step_id' | 'branch_or_iteration_n' | 'nested_path'>

const PART = /^([^[\]/]+)(?:\[(\d{1,9})\])?$/

/** `b[2]/c` is the step `c` in the second iteration, or branch, of `b`: addresses count from 1, as the results of a run do. */
export function parsePlace(address: string): Place {
  const [first, ...inside] = address.split('/').map((part) => parsePart(address, part))
  if (!first)
    throw new UsageError('Name the step: b, b[2] for its second iteration or branch, b[2]/c for a step in that.')
  return { ...first, ...(inside.length > 0 && { nested_path: inside }) }
}

function parsePart(address: string, part: string): { step_id: string; branch_or_iteration_n?: number } {
  const [, step, nth] = PART.exec(part) ?? []
  if (step === undefined || nth === '0')
    throw new UsageError(`"${address}" names no step: write b, b[2] for its second iteration or branch, or b[2]/c.`)
  return { step_id: step, ...(nth !== undefined && { branch_or_iteration_n: Number(nth) - 1 }) }
}
