import { invariant } from '@millrace/base/invariant'
import type { ParsedFlow } from './definition/parse-flow.ts'
import { failFrame, finishFrame } from './frame/end-frame.ts'
import { awaitedTooLong, awaitEvents, leaveModule } from './frame/leave-module.ts'
import { enterFrame, moduleAt, nextModule, stay } from './frame/next-module.ts'
import { continueRun, enterModule, startRun, type AtModule, type ModuleProgress } from './frame/run-module.ts'
import type { Answers, FlowEvent, FrameContext, FrameState, ModuleState, Transition } from './protocol.ts'
import { Turn, type Rule } from './turn.ts'

/** A frame, as `transition` finds it. */
export interface FrameSnapshot {
  readonly flow: ParsedFlow
  readonly context: FrameContext
  /** Undefined before its first event. */
  readonly state: FrameState | undefined
}

/**
 * What an event does to a frame: the rules of SPEC.md, as a pure function. No clock, no chance, no promise: the same arguments give
 * the same transition.
 *
 * A frame is at one module at a time, and each module goes the same way:
 *
 *     enter ─┬─ skip_if ──────────────────────────────────────────────────────► next module
 *            ├─ mock ──────────────────────────► ended
 *            └► RUNNING ─┬─ success ───────────► ended ─┬─ stop_after_if ──────► the frame ends, stopped
 *                 ▲      │                              ├─ suspend ─► AWAITING ─► disapproved, too late: the frame fails
 *                 │      │                              ├─ sleep ───► SLEEPING
 *                 │      └─ failed ─┬─ retry            └──────────────────────► next module, or the frame ends
 *                 └── RETRYING ◄────┘   │
 *                                       ├─ continue_on_error ► ended
 *                                       └─ the frame fails ─► failure module of a flow, once ─► the frame ends
 *
 * What stands in capitals is a phase: the frame waits for an event. Everything between happens within one transition, so that
 * modules which end at once (identity, skipped, mocked, an empty branch) cost no event. It ends, for each module of the
 * frame is entered at most once, and a run that failed before it began is tried again only by a `due` event.
 *
 * An event that the phase does not wait for changes nothing: a child of another run or another module, a `due` that was taken
 * back, a second `started`. Only the counters of parallel children rely on each end being told once, as the protocol promises.
 */
export function transition(frame: FrameSnapshot, event: FlowEvent, answers: Answers): Transition {
  const turn = new Turn(frame.flow, frame.context, answers)
  const step = advance(turn, frame.state, event).next()
  if (step.done !== true) return { kind: 'needs', asks: step.value }
  return { kind: 'next', state: step.value, commands: turn.commands }
}

function* advance(turn: Turn, before: FrameState | undefined, event: FlowEvent): Rule<FrameState> {
  let state = before === undefined ? yield* enterFrame(turn) : yield* afterEvent(turn, before, event)
  while (!state.isOver && state.current === undefined) {
    const { entry, ...entered } = state
    const module = moduleAt(turn, entered)
    state =
      module === undefined
        ? finishFrame(turn, entered, { status: 'success', result: state.previous, stopped: false })
        : yield* settle(
            { turn, module, state: entered, failures: 0, events: undefined },
            yield* enterModule({ turn, state: entered, module }, entry?.module === module.id ? entry : undefined),
          )
  }
  return state
}

function* afterEvent(turn: Turn, state: FrameState, event: FlowEvent): Rule<FrameState> {
  const { current } = state
  if (state.isOver) return state
  // It repeats a frame of an earlier run, and has not begun yet.
  if (current === undefined) return yield* stay(turn, state)

  const at = atModule(turn, state, current)
  switch (event.kind) {
    case 'started':
      return state
    case 'ended': {
      const { module, failures } = current
      const own = event.children.filter((child) => child.module === module && child.failures === failures)
      const [first, ...others] = own
      if (current.phase !== 'running' || first === undefined) return state
      return yield* settle(at, yield* continueRun(at, current, [first, ...others]))
    }
    case 'due':
      return yield* afterWait(at, current)
    case 'resumed': {
      if (current.events === undefined || event.module !== current.module) return state
      const { approvals, isDisapproved } = event
      const told = { ...at, events: { approvals, isDisapproved } }
      if (current.phase === 'awaiting') return yield* awaitEvents(told)
      return { ...state, current: { ...current, events: told.events } }
    }
  }
}

function* afterWait(at: AtModule, { phase }: ModuleState): Rule<FrameState> {
  switch (phase) {
    case 'running':
      return at.state
    case 'retrying':
      return yield* settle(at, yield* startRun(at))
    case 'awaiting':
      return yield* awaitedTooLong(at)
    case 'sleeping':
      return yield* nextModule(at.turn, at.state, at.module)
  }
}

/** What the progress of a module is to its frame. */
function* settle(at: AtModule, progress: ModuleProgress): Rule<FrameState> {
  const { turn, module, state } = at
  switch (progress.kind) {
    case 'waiting':
      return { ...state, current: progress.current }
    case 'ended':
      return yield* leaveModule(at, progress)
    case 'failed':
      return failFrame(turn, withEnd(state, module.id, progress.end), progress.failed, false)
    case 'over': {
      const { status, result, stopped, step = module.id } = progress.end
      const after = withEnd(state, module.id, { status: status === 'failure' ? status : 'success', result })
      return status === 'failure'
        ? failFrame(turn, after, { result, step }, stopped)
        : finishFrame(turn, after, { status, result, stopped })
    }
  }
}

function withEnd(state: FrameState, module: string, end: FrameState['ended'][string]): FrameState {
  return { ...state, ended: { ...state.ended, [module]: end } }
}

function atModule(turn: Turn, state: FrameState, current: ModuleState): AtModule {
  const module = turn.flow.places.get(current.module)?.module
  invariant(module !== undefined, `the flow has no module ${current.module}`)
  return { turn, module, state, failures: current.failures, events: current.events }
}
