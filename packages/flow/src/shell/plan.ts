import { newId } from '@millrace/base/ids'
import { invariant } from '@millrace/base/invariant'
import { drawDelayMs } from '@millrace/base/retry'
import type { NewJob } from '@millrace/queue'
import type { Json } from '../core/json.ts'
import type { ChildKey, Command, FrameEnd, FramePointer, FrameState, Resumed, ResultRef } from '../core/protocol.ts'
import { stateOfSeed } from '../repair/state-of-seed.ts'
import type { Answered } from './answer-asks.ts'
import type { Awaited, Frame } from './frame.ts'
import { inherited } from './job-maker.ts'

/** What a transition comes to, as rows. */
export interface Plan {
  readonly state: FrameState
  readonly jobs: readonly PlannedJob[]
  readonly frames: readonly PlannedFrame[]
  readonly lists: readonly KeptList[]
  /** Undefined changes nothing, null is never. */
  readonly wakeAfterMs: number | null | undefined
  readonly awaits: Readonly<Record<string, Awaited>>
  /** The result that takes the place of the flow's arguments. */
  readonly input: ResultRef | undefined
  readonly early: ResultRef | undefined
  readonly end: FrameEnd | undefined
}

export type PlannedJob = NewJob & { readonly id: string }

/** The row of a frame that begins. */
export interface PlannedFrame {
  readonly id: string
  readonly pointer: FramePointer
  readonly module: string
  readonly index: number
  readonly before: ResultRef
  readonly resumed: Resumed | undefined
  /** Where it begins in the middle. */
  readonly state: FrameState | undefined
}

/** A list, by hundreds. */
export interface KeptList {
  readonly module: string
  readonly chunks: readonly (readonly Json[])[]
}

const CHUNK = 100

/** Carries commands out as far as that takes no database. */
export function makePlan(
  frame: Frame,
  { state, commands }: { readonly state: FrameState; readonly commands: readonly Command[] },
  answered: Answered,
): Plan {
  const jobs: PlannedJob[] = []
  const frames: PlannedFrame[] = []
  const lists: KeptList[] = []
  const awaits = { ...frame.awaits }
  let wakeAfterMs: number | null | undefined
  let input: ResultRef | undefined
  let early: ResultRef | undefined
  let end: FrameEnd | undefined
  for (const command of commands) {
    switch (command.kind) {
      case 'start':
        jobs.push(stepJob(frame, command, answered))
        break
      case 'startFrame': {
        const id = newId()
        const { pointer, child, previous: before, resumed, seed } = command
        const state = seed && stateOfSeed(seed, before, resumed)
        frames.push({ id, pointer, module: child.module, index: child.index, before, resumed, state })
        jobs.push({ ...frameJob(frame, child), id })
        break
      }
      case 'keepList':
        lists.push(keptList(command, answered))
        break
      case 'wake':
        wakeAfterMs = drawDelay(command)
        break
      case 'keepInput':
        input = answered.inputs.get(command.slot)
        break
      case 'returnEarly':
        early = command.result
        break
      case 'expectEvents':
        awaits[command.module] = { required: command.required, suspend: command.suspend }
        break
      case 'expectNoEvents':
        delete awaits[command.module]
        break
      case 'finish':
        end = command.end
        break
    }
  }
  return { state, jobs, frames, lists, wakeAfterMs, awaits, input, early, end }
}

function stepJob(frame: Frame, { slot, child }: Extract<Command, { kind: 'start' }>, { jobs }: Answered): PlannedJob {
  const prepared = jobs.get(slot)
  invariant(prepared !== undefined, `a job is started under ${slot}, where none was asked for`)
  return {
    ...prepared,
    id: newId(),
    options: { ...prepared.options, step: stepOf(frame, child) },
  }
}

/** Null is never. */
function drawDelay({ afterMs, ...rest }: Extract<Command, { kind: 'wake' }>): number | null {
  return afterMs === undefined ? null : drawDelayMs({ afterMs, ...rest }, Math.random())
}

function frameJob(frame: Frame, child: ChildKey): NewJob {
  return {
    ...inherited(frame, { options: {} }),
    kind: 'flowframe',
    ...(frame.job.scriptPath !== undefined && { scriptPath: frame.job.scriptPath }),
    tag: frame.job.tag,
    options: { step: stepOf(frame, child) },
  }
}

function stepOf(frame: Frame, { module, index, failures }: ChildKey) {
  const flowPath = frame.job.scriptPath
  return { module, index, failures, ...(flowPath !== undefined && { flowPath }) }
}

function keptList({ slot, module }: Extract<Command, { kind: 'keepList' }>, { lists }: Answered): KeptList {
  const items = lists.get(slot)
  invariant(items !== undefined, `a list is kept under ${slot}, where none was asked for`)
  const chunks: (readonly Json[])[] = []
  for (let at = 0; at < items.length; at += CHUNK) chunks.push(items.slice(at, at + CHUNK))
  return { module, chunks }
}
