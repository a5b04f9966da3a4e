import type { Result } from '@millrace/base/result'
import type { Json } from '../core/json.ts'
import type { Answers, FlowEvent, FrameContext, FramePointer, FrameState, Transition } from '../core/protocol.ts'

/** One application of the rules. */
export interface Step {
  readonly context: FrameContext
  /** Undefined before the first transition. */
  readonly state: FrameState | undefined
  readonly event: FlowEvent
  readonly answers: Answers
}

/** A flow that the rules have read. */
export interface FlowProgram {
  transition(step: Step): Transition
  /** What is written into the flow as the result of a module. */
  mockOf(module: string): Json
  /** Whether a frame starts no job and waits for nothing. */
  endsAtOnce(pointer: FramePointer): boolean
  /** Values that all its expressions see. */
  readonly env: Readonly<Record<string, Json | undefined>>
}

/** Reads the value of a flow; the error is a sentence. */
export type ReadProgram = (value: unknown) => Result<FlowProgram, string>
