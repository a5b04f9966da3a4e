import type { FlowModule } from '../definition/flow-module.ts'
import type { Json } from '../json.ts'
import { withStep } from '../testing/world.ts'

export interface Interpreted {
  readonly status: ListEnd['status']
  readonly result: Json
  readonly trace: Trace
  /** What ends first decides which further steps run, so that only some of it can be foretold. */
  readonly isOpen: boolean
}

/** Runs of steps, by whether they come one after another or in any order. */
export type Trace =
  | { readonly kind: 'run'; readonly key: string; readonly together: string | undefined }
  | { readonly kind: 'sequence' | 'together'; readonly parts: Trace[] }

/** How a list of modules ended; `step` is what failed. */
export interface ListEnd {
  readonly status: 'success' | 'failure' | 'skipped'
  readonly result: Json
  readonly step?: string
  readonly isStopped: boolean
}

/** How one run of a module ended; or the list around it, with it. */
export type RunEnd =
  | { readonly kind: 'succeeded'; readonly result: Json }
  | { readonly kind: 'failed'; readonly result: Json; readonly step: string; readonly isFinal?: boolean }
  | { readonly kind: 'over'; readonly end: ListEnd }

/** Where a module is: what its expressions see, and where its runs are noted. */
export interface Place {
  readonly path: string
  readonly results: Record<string, Json>
  readonly previous: Json
  readonly iter?: { readonly value: Json; readonly index: number }
  readonly error?: Json
  readonly trace: Trace[]
  /** Runs of one name are on one worker and share a folder. */
  readonly together?: string | undefined
}

/** What several lists gave: their results, or the first failure that counts. */
export function gathered(ends: readonly ListEnd[], isSkipped: (index: number) => boolean, step: string): RunEnd {
  const failed = ends.find((end, index) => end.status === 'failure' && !isSkipped(index))
  if (failed !== undefined) return { kind: 'failed', result: told(failed), step }
  return { kind: 'succeeded', result: ends.map(told) }
}

/** The result of a list as it is seen from outside. */
export function told(end: ListEnd): Json {
  return withStep(end.result, end.step)
}

/** An error names the step that failed. */
export function named<T extends RunEnd | { readonly kind: 'skipped'; readonly result: null }>(end: T): T {
  return end.kind === 'failed' ? { ...end, result: withStep(end.result, end.step) } : end
}

export function failedList({ result, step }: { readonly result: Json; readonly step: string }): ListEnd {
  return { status: 'failure', result: withStep(result, step), step, isStopped: false }
}

export function refusal(decision: 'disapprove' | 'timeout', step: string, seconds: number): Json {
  return decision === 'disapprove'
    ? { name: 'Disapproved', message: `step ${step} was disapproved`, step_id: step }
    : { name: 'ApprovalTimeout', message: `step ${step} was not approved within ${seconds} s`, step_id: step }
}

export function isLoop(module: FlowModule): boolean {
  return module.value.type === 'forloopflow' || module.value.type === 'whileloopflow'
}

export function hasIterations(module: FlowModule): boolean {
  return isLoop(module) || module.value.type === 'branchall'
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
