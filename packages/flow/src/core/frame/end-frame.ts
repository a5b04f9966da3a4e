import type { FlowErrorRef, FrameEnd, FrameState } from '../protocol.ts'
import type { Turn } from '../turn.ts'

/** Position of the preprocessor and of the failure module, which stand outside the list. */
export const APART = -1

/** The frame is over. What failed stays failed, whatever its failure module made of it. */
export function finishFrame(turn: Turn, state: FrameState, end: FrameEnd): FrameState {
  const told: FrameEnd = state.failed === undefined ? end : { status: 'failure', result: end.result, stopped: false }
  turn.give({ kind: 'finish', end: told })
  return { ...state, current: undefined, isOver: true }
}

/** The frame fails; a flow runs its failure module first, once. */
export function failFrame(turn: Turn, state: FrameState, failed: FlowErrorRef, isStopped: boolean): FrameState {
  const { result, step } = failed
  const hasHandler = turn.context.pointer.kind === 'root' && turn.flow.value.failure_module !== undefined
  if (!hasHandler || state.failed !== undefined)
    return finishFrame(turn, state, { status: 'failure', result, stopped: isStopped, step })
  return { ...state, at: APART, previous: result, current: undefined, failed }
}
