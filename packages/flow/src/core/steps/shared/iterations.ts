import type { FlowModule, StepValue } from '../../definition/flow-module.ts'
import type { Entry, FrameSeed } from '../../entry.ts'
import { stepOptions } from '../../module/step-options.ts'
import { comeTogether } from '../../module/together.ts'
import { judgeStop } from '../../module/stop.ts'
import type { Ask, ChildEnd, ChildKey, FlowError, ResultRef, Scope, Together } from '../../protocol.ts'
import { settled, type Rule } from '../../turn.ts'
import type { ModuleRun, StepJob, StepProgress } from '../step-kind.ts'
import type { Many } from './many-children.ts'

/** What loops have in common. */
export interface Loop extends StepValue {
  readonly modules: readonly FlowModule[]
  readonly skip_failures: boolean
  readonly squash?: boolean | undefined
}

/** The iterations of a loop as children: jobs of the step where the body is one plain step, else frames. */
export function iterations(run: ModuleRun<Loop>, isSequential: boolean): Many {
  const body = findPlainBody(run)
  return {
    skipsFailure: () => run.value.skip_failures,
    start: (indices, { inside, together }) => {
      const own = { ...run, together }
      return body === undefined ? settled(giveFrames(own, indices, inside)) : startSteps(own, body, { indices, inside })
    },
    ...(isSequential ? { isLast: (child: ChildEnd) => isLast(run, child) } : {}),
    isStoppedByChild: true,
    step: body?.module.id ?? run.module.id,
  }
}

/** `squash`: its iterations run on one worker, unless all around it does already. */
export function* squash(run: ModuleRun<Loop>): Rule<Together | FlowError | undefined> {
  const { turn, module, failures, value, together } = run
  if (value.squash !== true || together !== undefined) return undefined
  return yield* comeTogether(turn, `place:${module.id}:${failures}`, `${module.id}.${failures}`)
}

interface PlainBody {
  readonly module: FlowModule
  readonly job: StepJob
}

/** Options that a frame carries out. A step with none of them is one job, whose options for itself are passed on. */
const FRAME_OPTIONS = [
  'skip_if',
  'mock',
  'retry',
  'continue_on_error',
  'stop_after_if',
  'suspend',
  'sleep',
  'debouncing',
] as const

function findPlainBody(run: ModuleRun<Loop>): PlainBody | undefined {
  const [module, ...others] = run.value.modules
  if (module === undefined || others.length > 0) return undefined
  if (FRAME_OPTIONS.some((option) => module[option] !== undefined)) return undefined
  const job = run.turn.flow.places.get(module.id)?.kind.job
  return job === undefined ? undefined : { module, job }
}

/** An iteration whose step cannot be made ready gets a frame, which fails with the reason; so does one that begins in the middle. */
function* startSteps(
  run: ModuleRun<Loop>,
  body: PlainBody,
  { indices: all, inside }: { readonly indices: readonly number[]; readonly inside: Entry['inside'] },
): Rule<void> {
  const indices = all.filter((index) => !inside[index])
  giveFrames(
    run,
    all.filter((index) => inside[index]),
    inside,
  )
  const asks = indices.map((index) => stepAsk(run, body, index))
  const answers = yield* run.turn.askAll(asks)
  for (const [nth, { slot }] of asks.entries()) {
    const child = childKey(run, indices[nth] ?? 0)
    if (answers[nth]?.kind === 'job') run.turn.give({ kind: 'start', slot, child })
    else giveFrame(run, child)
  }
}

function stepAsk(run: ModuleRun<Loop>, { module, job }: PlainBody, index: number): Ask {
  return {
    kind: 'job',
    slot: `job:${run.module.id}:${run.failures}:${index}`,
    module: module.id,
    runnable: job.runnable(module.value),
    inputs: job.inputs(module.value),
    options: { ...stepOptions(run.turn.flow, module), together: run.together },
    scope: scopeOf(run, index),
  }
}

function giveFrames(run: ModuleRun<Loop>, indices: readonly number[], inside: Entry['inside']): void {
  for (const index of indices) giveFrame(run, childKey(run, index), inside[index])
}

function giveFrame(run: ModuleRun<Loop>, child: ChildKey, seed?: FrameSeed): void {
  const { together, scope } = run
  const { resumed } = scope
  run.turn.give({
    kind: 'startFrame',
    pointer: { kind: 'body', module: run.module.id },
    child,
    previous: itemOf(run, child.index),
    ...(resumed === undefined ? {} : { resumed }),
    ...(together === undefined ? {} : { together }),
    ...(seed && { seed }),
  })
}

/** `stop_after_if` of a loop that runs its iterations one by one. */
function* isLast(run: ModuleRun<Loop>, child: ChildEnd): Rule<boolean | StepProgress> {
  const { module, failures } = run
  const verdict = yield* judgeStop(run.turn, {
    slot: `stop:${module.id}:${failures}:${child.index}`,
    stop: module.stop_after_if,
    step: module.id,
    result: { kind: 'job', id: child.job },
    scope: scopeOf(run, child.index),
  })
  if (verdict.kind !== 'fail') return verdict.kind === 'stop'
  const { result, step } = verdict.failed
  return { kind: 'over', end: { status: 'failure', result, stopped: false, step } }
}

function scopeOf(run: ModuleRun, index: number): Scope {
  return { ...run.scope, previous: itemOf(run, index), iteration: { module: run.module.id, index } }
}

function itemOf(run: ModuleRun, index: number): ResultRef {
  return { kind: 'item', frame: run.turn.context.id, module: run.module.id, index }
}

function childKey({ module, failures }: ModuleRun, index: number): ChildKey {
  return { module: module.id, index, failures }
}
