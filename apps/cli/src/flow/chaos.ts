import { isDeepStrictEqual } from 'node:util'
import { JobError, type CompletedJob, type FlowModule, type FlowValue } from '@millrace/contracts'

/** How a step stands being run twice. */
export interface StepVerdict {
  readonly step: string
  /** `first`: it failed before anything was repeated. */
  readonly kind: 'same' | 'other' | 'fails' | 'first'
  /** What it gave, or failed with, in words. */
  readonly detail: string
}

/** A flow that runs, or goes on from where another run of it has come. */
export interface ChaosRun {
  readonly value: FlowValue
  readonly from: { readonly run: string; readonly step: string } | undefined
}

const SHOWN = 60

/**
 * Ends the run behind each of its own steps and lets another one go on from there, as a crash would; and runs each step once more with
 * the same inputs, as happens when a worker dies after its work is done and before that is written. Ends at the first step that fails by
 * itself, or when a run was interrupted.
 */
export async function* runChaos(
  value: FlowValue,
  run: (run: ChaosRun) => Promise<CompletedJob | 'interrupted'>,
): AsyncGenerator<StepVerdict, void, undefined> {
  let before: string | undefined
  for (const [at, module] of value.modules.entries()) {
    const part = { ...value, modules: [...value.modules.slice(0, at), withoutWaits(module)], failure_module: undefined }
    const step = module.id
    const first = await run({ value: part, from: before === undefined ? undefined : { run: before, step } })
    if (first === 'interrupted') return
    if (!first.success) return yield { step, kind: 'first', detail: describe(first) }
    before = first.id
    if (hasNotRun(module, first)) continue
    const again = await run({ value: part, from: { run: first.id, step } })
    if (again === 'interrupted') return
    yield judge(step, first, again)
  }
}

function judge(step: string, first: CompletedJob, again: CompletedJob): StepVerdict {
  if (!again.success) return { step, kind: 'fails', detail: describe(again) }
  if (isDeepStrictEqual(first.result, again.result)) return { step, kind: 'same', detail: describe(first) }
  return { step, kind: 'other', detail: `${describe(first)}, then ${describe(again)}` }
}

/** A verdict in words. */
export function verdictText({ step, kind, detail }: StepVerdict): string {
  switch (kind) {
    case 'same':
      return `✓ ${step}  gives the same when it runs again`
    case 'other':
      return `✗ ${step}  gives something else when it runs again: ${detail}`
    case 'fails':
      return `✗ ${step}  fails when it runs again: ${detail}`
    case 'first':
      return `✗ ${step}  failed by itself, so that nothing behind it was tried: ${detail}`
  }
}

/** People and sleep are waited for behind the step, which has run by then. */
function withoutWaits({ suspend: _suspend, sleep: _sleep, ...module }: FlowModule): FlowModule {
  return module
}

function hasNotRun({ id, mock }: FlowModule, { flow_status: status }: CompletedJob): boolean {
  const isMocked = typeof mock === 'object' && mock !== null && 'enabled' in mock && mock.enabled === true
  return isMocked || status?.modules.find((module) => module.id === id)?.skipped === true
}

function describe({ result, success }: CompletedJob): string {
  const error = success ? undefined : JobError.safeParse(result).data?.error
  const text = error ? error.message : (JSON.stringify(result ?? null) ?? 'null')
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
