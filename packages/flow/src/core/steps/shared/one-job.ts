import type { StepValue } from '../../definition/flow-module.ts'
import { failedAt } from '../../module/failed-at.ts'
import { stepOptions } from '../../module/step-options.ts'
import type { ChildEnd, FlowError } from '../../protocol.ts'
import { settled, type Rule } from '../../turn.ts'
import type { ModuleRun, StepFailure, StepJob, StepKind, StepProgress } from '../step-kind.ts'

type OneJob<Value extends StepValue> = Pick<
  StepKind<Value>,
  'id' | 'info' | 'definition' | 'mayStandApart' | 'entry'
> & {
  readonly job: StepJob<Value>
}

/** A kind of step that is one job: started with its inputs, and over with it. */
export function oneJob<Value extends StepValue>(kind: OneJob<Value>): StepKind<Value> {
  return {
    ...kind,
    bodies: () => [],
    start: (run) => startJob(run, kind.job),
    onEnded: (run, _cursor, [child]) => settled(afterOnlyChild(run, child)),
  }
}

function* startJob<Value extends StepValue>(run: ModuleRun<Value>, job: StepJob<Value>): Rule<StepProgress> {
  const { turn, module, value, failures, scope, entry } = run
  const slot = `job:${module.id}:${failures}`
  const answer = yield* turn.ask({
    kind: 'job',
    slot,
    module: module.id,
    runnable: job.runnable(value, entry),
    inputs: job.inputs(value),
    options: { ...stepOptions(turn.flow, module), together: run.together },
    scope,
  })
  if (answer.kind === 'failed') return failure(run, answer.error)

  const child = { module: module.id, index: 0, failures }
  const seed = entry?.inside[0]
  const again = entry?.called && seed && { seed, origin: entry.called.origin }
  turn.give({ kind: 'start', slot, child, ...(again && { again }) })
  return { kind: 'waiting', cursor: null }
}

/** What the end of its only child is to a module. */
function afterOnlyChild(run: ModuleRun, child: ChildEnd): StepProgress {
  const result = { kind: 'job', id: child.job } as const
  // A run that came later does its work, and that of all that would follow.
  if (child.status === 'skipped' && run.module.debouncing !== undefined)
    return { kind: 'over', end: { status: 'skipped', result, stopped: true } }
  if (isGood(child)) return { kind: 'succeeded', result }
  return { kind: 'failed', result, step: run.module.id, isFinal: child.status === 'canceled' }
}

/** Whether a child ended well; one that was skipped did. */
export function isGood(child: ChildEnd): boolean {
  return child.status === 'success' || child.status === 'skipped'
}

/** A run that failed before a child of it was there. */
export function failure(run: ModuleRun, error: FlowError): StepFailure {
  return { kind: 'failed', ...failedAt(run.module.id, error) }
}
