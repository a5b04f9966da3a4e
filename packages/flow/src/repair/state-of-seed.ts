import type { FrameSeed } from '../core/entry.ts'
import type { FrameState, Resumed, ResultRef } from '../core/protocol.ts'

/** The state of a frame that begins in the middle; `before` and `resumed` are what comes before it. */
export function stateOfSeed(seed: FrameSeed, before: ResultRef, resumed: Resumed | undefined): FrameState {
  const { at, ended, previous = before, entry } = seed
  const last = seed.resumed ?? resumed
  return {
    at,
    previous,
    ended,
    current: undefined,
    isOver: false,
    ...(last && { resumed: last }),
    ...(entry && { entry }),
  }
}
