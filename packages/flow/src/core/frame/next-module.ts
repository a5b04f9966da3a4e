import { invariant } from '@millrace/base/invariant'
import { findModules } from '../definition/parse-flow.ts'
import type { FlowModule } from '../definition/flow-module.ts'
import { failedAt } from '../module/failed-at.ts'
import { holds } from '../module/decided.ts'
import { comeTogether } from '../module/together.ts'
import type { FlowError, FrameState, Together } from '../protocol.ts'
import type { Rule, Turn } from '../turn.ts'
import { APART, failFrame, finishFrame } from './end-frame.ts'

/** The module that the frame is at; undefined at its end. */
export function moduleAt(turn: Turn, state: FrameState): FlowModule | undefined {
  const { value } = turn.flow
  if (state.at === APART) return state.failed === undefined ? value.preprocessor_module : value.failure_module
  const modules = findModules(turn.flow, turn.context.pointer)
  invariant(modules !== undefined, `the flow has no frame ${JSON.stringify(turn.context.pointer)}`)
  return modules[state.at]
}

/** Goes on after a module that owes nothing more. */
export function* nextModule(turn: Turn, state: FrameState, module: FlowModule): Rule<FrameState> {
  const after = { ...state, current: undefined }
  if (state.at !== APART) return { ...after, at: state.at + 1 }
  if (state.failed !== undefined)
    return finishFrame(turn, after, { status: 'failure', result: state.previous, stopped: false })

  const end = state.ended[module.id]
  if (end === undefined || end.isSkipped === true) return yield* enterList(turn, after)
  const slot = `input:${module.id}`
  const answer = yield* turn.ask({ kind: 'input', slot, result: end.result })
  if (answer.kind === 'failed') return failFrame(turn, after, failedAt(module.id, answer.error), false)
  turn.give({ kind: 'keepInput', slot })
  return yield* enterList(turn, { ...after, previous: turn.context.before })
}

/** Begins a frame. */
export function* enterFrame(turn: Turn): Rule<FrameState> {
  const { pointer, isTriggered, before, resumed } = turn.context
  const bare: FrameState = {
    at: APART,
    previous: before,
    ended: {},
    current: undefined,
    ...(resumed === undefined ? {} : { resumed }),
    isOver: false,
  }
  const state = yield* stay(turn, bare)
  if (state.isOver || state.failed !== undefined) return state
  if (pointer.kind === 'root' && isTriggered && turn.flow.value.preprocessor_module !== undefined) return state
  return yield* enterList(turn, state)
}

/** `same_worker`: the flow stays where it begins, be that in the middle. */
export function* stay(turn: Turn, state: FrameState): Rule<FrameState> {
  const together = yield* togetherFrom(turn)
  if (together === undefined) return state
  if ('message' in together) return failFrame(turn, state, failedAt('same_worker', together), false)
  return { ...state, together }
}

function* togetherFrom(turn: Turn): Rule<Together | FlowError | undefined> {
  const { pointer, together } = turn.context
  if (pointer.kind !== 'root' || together !== undefined || turn.flow.value.same_worker !== true) return undefined
  return yield* comeTogether(turn, 'place')
}

/** Begins with the list of modules; `skip_expr` says that a flow does not even do that. */
function* enterList(turn: Turn, state: FrameState): Rule<FrameState> {
  const { skip_expr: expr } = turn.flow.value
  if (expr === undefined || turn.context.pointer.kind !== 'root') return { ...state, at: 0 }

  const evaluated = yield* turn.value('skip_expr', { type: 'javascript', expr }, turn.scopeOf(state))
  if (evaluated.kind === 'failed') return failFrame(turn, state, failedAt('skip_expr', evaluated.error), false)
  if (!holds(evaluated.value)) return { ...state, at: 0 }
  return finishFrame(turn, state, { status: 'skipped', result: state.previous, stopped: true })
}
