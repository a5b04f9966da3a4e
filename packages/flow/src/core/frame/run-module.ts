import { invariant } from '@millrace/base/invariant'
import { findRetryDelay } from '@millrace/base/retry'
import type { FlowModule } from '../definition/flow-module.ts'
import type { Entry } from '../entry.ts'
import { holds } from '../module/decided.ts'
import { failedAt } from '../module/failed-at.ts'
import { togetherOf } from '../module/together.ts'
import { expectEvents, type Events } from '../module/suspend.ts'
import type {
  FlowError,
  FlowErrorRef,
  FrameEnd,
  FrameState,
  ModuleEnd,
  ModuleState,
  Scope,
  Together,
} from '../protocol.ts'
import type { ChildEnds, ModuleRun, StepFailure, StepKind, StepProgress } from '../steps/step-kind.ts'
import type { Rule, Turn } from '../turn.ts'

/** A module of a frame, as a transition works on it. */
export interface AtModule {
  readonly turn: Turn
  readonly module: FlowModule
  /** Of the frame, before the module ended. */
  readonly state: FrameState
  readonly failures: number
  readonly events: Events | undefined
}

/** How far a module is. */
export type ModuleProgress =
  | { readonly kind: 'waiting'; readonly current: ModuleState }
  /** The frame goes on after it. */
  | { readonly kind: 'ended'; readonly end: ModuleEnd; readonly events: Events | undefined }
  /** The frame fails with it. */
  | { readonly kind: 'failed'; readonly end: ModuleEnd; readonly failed: FlowErrorRef }
  | { readonly kind: 'over'; readonly end: FrameEnd }

/** Begins with a module: skipped, mocked, or run for the first time. */
export function* enterModule(
  { turn, state, module }: Pick<AtModule, 'turn' | 'state' | 'module'>,
  entry: Entry | undefined,
): Rule<ModuleProgress> {
  const scope = turn.scopeOf(state)
  const skip = yield* isSkipped(turn, module, scope)
  if (skip === true) return { kind: 'ended', end: SKIPPED, events: undefined }

  const events = yield* expectEvents(turn, module, scope)
  if (events !== undefined && 'message' in events) return withoutEvents(module, events)
  const at: AtModule = { turn, module, state, failures: 0, events }
  if (typeof skip === 'object') return giveUp(at, ownFailure(at, skip))
  if (module.mock?.enabled === true)
    return { kind: 'ended', end: { status: 'success', result: { kind: 'mock', module: module.id } }, events }
  return yield* startRun(at, entry)
}

/** As the queue says it of jobs that wait for a host that is gone. */
const HOST_IS_LOST = "error.name === 'HostLost'"

const SKIPPED: ModuleEnd = { status: 'success', result: { kind: 'null' }, isSkipped: true }

function* isSkipped(turn: Turn, { id, skip_if }: FlowModule, scope: Scope): Rule<boolean | FlowError> {
  if (skip_if === undefined) return false
  const skip = yield* turn.value(`skip:${id}`, { type: 'javascript', expr: skip_if.expr }, scope)
  return skip.kind === 'failed' ? skip.error : holds(skip.value)
}

/** Nobody could say yes to it: that is no error to continue on. */
function withoutEvents(module: FlowModule, error: FlowError): ModuleProgress {
  const failed = failedAt(module.id, error)
  return { kind: 'failed', end: { status: 'failure', result: failed.result }, failed }
}

/** Runs a module once more, or for the first time, which may begin in the middle. */
export function* startRun(at: AtModule, entry?: Entry): Rule<ModuleProgress> {
  const run = { ...runOf(at), together: yield* placeOf(at), ...(entry && { entry }) }
  return yield* progressed(at, yield* kindOf(at).start(run), false)
}

/** Where it runs, if that is said. A failure module may be there because the host of its flow is lost: then it runs anywhere. */
function* placeOf({ turn, module, state, failures }: AtModule): Rule<Together | undefined> {
  const together = togetherOf(turn, state)
  if (together === undefined || state.failed === undefined) return together
  const transform = { type: 'javascript', expr: HOST_IS_LOST } as const
  const evaluated = yield* turn.value(`host:${module.id}:${failures}`, transform, turn.scopeOf(state))
  return evaluated.kind !== 'failed' && holds(evaluated.value) ? undefined : together
}

/** Tells a module which of its children ended. */
export function* continueRun(at: AtModule, current: ModuleState, children: ChildEnds): Rule<ModuleProgress> {
  return yield* progressed(at, yield* kindOf(at).onEnded(runOf(at), current.cursor, children), true)
}

function* progressed(at: AtModule, progress: StepProgress, hasRun: boolean): Rule<ModuleProgress> {
  const { module, failures, events } = at
  switch (progress.kind) {
    case 'waiting':
      return { kind: 'waiting', current: currentOf(at, 'running', progress.cursor) }
    case 'succeeded': {
      const { result, branch } = progress
      const end = {
        status: 'success',
        result,
        ...(branch === undefined ? {} : { branch }),
        ...counted(failures),
      } as const
      return { kind: 'ended', end, events }
    }
    case 'failed':
      return yield* afterFailure(at, progress, hasRun)
    case 'over':
      if (events !== undefined) at.turn.give({ kind: 'expectNoEvents', module: module.id })
      return progress
  }
}

/** A run failed: once more, at once or later, or for good. A run that failed before it began is never repeated at once. */
function* afterFailure(at: AtModule, failure: StepFailure, hasRun: boolean): Rule<ModuleProgress> {
  const { turn, module, failures } = at
  const delay = module.retry && failure.isFinal !== true ? findRetryDelay(module.retry, failures + 1) : undefined
  if (delay === undefined) return giveUp(at, failure)

  const wanted = yield* isRetryWanted(at, failure)
  if (typeof wanted === 'object') return giveUp(at, wanted)
  if (!wanted) return giveUp(at, failure)
  if (delay.afterMs === 0 && hasRun) return yield* startRun({ ...at, failures: failures + 1 })
  turn.give({ kind: 'wake', ...delay })
  return { kind: 'waiting', current: currentOf({ ...at, failures: failures + 1 }, 'retrying', null) }
}

function* isRetryWanted(at: AtModule, failure: StepFailure): Rule<boolean | StepFailure> {
  const { turn, module, state, failures } = at
  const condition = module.retry?.retry_if
  if (condition === undefined) return true

  const error = { result: failure.result, step: failure.step }
  const scope = { ...turn.scopeOf(state), result: failure.result, error }
  const transform = { type: 'javascript', expr: condition.expr } as const
  const evaluated = yield* turn.value(`retry:${module.id}:${failures}`, transform, scope)
  return evaluated.kind === 'failed' ? ownFailure(at, evaluated.error) : holds(evaluated.value)
}

/** A module failed for good: its error is its result where that is wanted, else the frame fails. */
function giveUp({ turn, module, failures, events }: AtModule, { result, step, taken }: StepFailure): ModuleProgress {
  const end = { status: 'failure', result, ...counted(failures), ...(taken && { taken }) } as const
  if (module.continue_on_error === true) return { kind: 'ended', end, events }
  if (events !== undefined) turn.give({ kind: 'expectNoEvents', module: module.id })
  return { kind: 'failed', end, failed: { result, step } }
}

function ownFailure({ module }: AtModule, error: FlowError): StepFailure {
  return { kind: 'failed', ...failedAt(module.id, error) }
}

function counted(failures: number): { readonly failures?: number } {
  return failures === 0 ? {} : { failures }
}

/** What is remembered of a module under way. */
export function currentOf(at: AtModule, phase: ModuleState['phase'], cursor: ModuleState['cursor']): ModuleState {
  const { module, failures, events } = at
  return { module: module.id, phase, failures, cursor, ...(events === undefined ? {} : { events }) }
}

function runOf({ turn, module, state, failures }: AtModule): ModuleRun {
  const together = togetherOf(turn, state)
  return { turn, module, value: module.value, failures, scope: turn.scopeOf(state), together }
}

/** The kind of the module. */
export function kindOf({ turn, module }: Pick<AtModule, 'turn' | 'module'>): StepKind {
  const kind = turn.flow.places.get(module.id)?.kind
  invariant(kind !== undefined, `the flow has no module ${module.id}`)
  return kind
}
