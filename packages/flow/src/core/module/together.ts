import type { FlowError, FrameState, Together } from '../protocol.ts'
import type { Rule, Turn } from '../turn.ts'

/** What the children of a frame belong to, if to anything: what is around it comes first, so that all below shares one folder. */
export function togetherOf(turn: Turn, state: FrameState | undefined): Together | undefined {
  return turn.context.together ?? state?.together
}

/** Lets what is to run on one worker run on the one that this is. `of` tells it apart within the frame. */
export function* comeTogether(turn: Turn, slot: string, of?: string): Rule<Together | FlowError> {
  const answer = yield* turn.place(slot)
  if (typeof answer === 'object') return answer
  const { id } = turn.context
  return { place: answer, folder: of === undefined ? id : `${id}/${of}` }
}
