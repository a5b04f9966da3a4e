import { newId } from '@millrace/base/ids'
import { invariant } from '@millrace/base/invariant'
import { drawDelayMs } from '@millrace/base/retry'
import { isPlain, type NewJob } from '@millrace/queue'
import type { Json } from '../core/json.ts'
import type {
  ChildKey,
  Command,
  FrameEnd,
  FramePointer,
  FrameState,
  Resumed,
  ResultRef,
  Together,
} from '../core/protocol.ts'
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
  /** Frames that began and ended on the way: they come into being with their outcomes. */
  readonly ended: readonly EndedFrame[]
  /** Those of them whose end the state does not know yet. */
  readonly untold: ReadonlySet<string>
}

/** A frame below that is over before it is written. */
export interface EndedFrame {
  readonly frame: Frame
  readonly state: FrameState
  readonly end: FrameEnd
  /** JSON text; undefined is no result. */
  readonly result: string | undefined
}

export type PlannedJob = NewJob & { readonly id: string }

/** The row of a frame that begins. */
export interface PlannedFrame {
  readonly id: string
  /** It is a flow that is called, and not a part of the one that starts it. */
  readonly isCalled?: boolean
  readonly timeoutMs?: number | undefined
  readonly pointer: FramePointer
  readonly child: ChildKey
  readonly module: string
  readonly index: number
  readonly before: ResultRef
  readonly resumed: Resumed | undefined
  readonly together: Together | undefined
  /** Where it begins in the middle. */
  readonly state: FrameState | undefined
}

/** A list, by hundreds. */
export interface KeptList {
  readonly module: string
  readonly chunks: readonly (readonly Json[])[]
}

const SHORT_MAX = 16
/** Items of a list in a row. */
export const CHUNK = 100

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
        frames.push(...calledFrame(command, jobs.at(-1)))
        break
      case 'startFrame': {
        const id = newId()
        const { pointer, child, previous: before, resumed, seed, together } = command
        const state = seed && stateOfSeed(seed, before, resumed)
        frames.push({ id, pointer, child, module: child.module, index: child.index, before, resumed, together, state })
        jobs.push({ ...frameJob(frame, child, together), id })
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
  return { state, jobs, frames, lists, wakeAfterMs, awaits, input, early, end, ended: [], untold: NONE }
}

const NONE: ReadonlySet<string> = new Set()

/** Both as one: the second began where the first one left the frame. */
export function joinPlans(first: Plan, second: Plan): Plan {
  return {
    ...second,
    jobs: join(first.jobs, second.jobs),
    frames: join(first.frames, second.frames),
    lists: join(first.lists, second.lists),
    wakeAfterMs: second.wakeAfterMs === undefined ? first.wakeAfterMs : second.wakeAfterMs,
    input: second.input ?? first.input,
    early: second.early ?? first.early,
  }
}

function join<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  if (first.length === 0) return second
  return second.length === 0 ? first : [...first, ...second]
}

/** Whether it is stored by one statement: it starts nothing but a few jobs that need nothing but their rows. */
export function isShort({ jobs, frames, lists, ended }: Plan): boolean {
  if (lists.length > 0 || frames.length > 0 || ended.length > 0) return false
  return jobs.length <= SHORT_MAX && jobs.every(isPlain)
}

/** Without the frames that are over already. */
export function withoutFrames(plan: Plan, ids: ReadonlySet<string>): Plan {
  if (ids.size === 0) return plan
  const isLeft = ({ id }: { readonly id: string }) => !ids.has(id)
  return { ...plan, jobs: plan.jobs.filter(isLeft), frames: plan.frames.filter(isLeft) }
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

/** A flow that is called has its row from its own first transition, unless it begins in the middle. */
function calledFrame(
  { child, again }: Extract<Command, { kind: 'start' }>,
  job: PlannedJob | undefined,
): readonly PlannedFrame[] {
  if (!again || !job) return []
  const { id, timeoutMs } = job
  const before = { kind: 'input', frame: id } as const
  const state = { ...stateOfSeed(again.seed, before, undefined), origin: again.origin }
  const { module, index } = child
  const own = { pointer: { kind: 'root' }, resumed: undefined, together: undefined } as const
  return [{ ...own, id, isCalled: true, timeoutMs, child, module, index, before, state }]
}

/** Null is never. */
function drawDelay({ afterMs, ...rest }: Extract<Command, { kind: 'wake' }>): number | null {
  return afterMs === undefined ? null : drawDelayMs({ afterMs, ...rest }, Math.random())
}

function frameJob(frame: Frame, child: ChildKey, together: Together | undefined): NewJob {
  return {
    ...inherited(frame, { options: {} }),
    kind: 'flowframe',
    ...(frame.job.scriptPath !== undefined && { scriptPath: frame.job.scriptPath }),
    tag: together?.place ?? frame.job.tag,
    options: { step: stepOf(frame, child), ...(together && { together }) },
  }
}

/** A frame that begins, as it will be loaded. */
export function frameOf(parent: Frame, planned: PlannedFrame): Frame {
  const { id, pointer, module, index, before, resumed, child, together } = planned
  return {
    id,
    workspaceId: parent.workspaceId,
    job: {
      ...parent.job,
      kind: 'flowframe',
      scriptHash: undefined,
      rootJob: parent.job.rootJob ?? parent.id,
      parentJob: parent.id,
      triggerKind: undefined,
      timeoutMs: undefined,
      cacheTtlS: undefined,
      together,
      step: stepOf(parent, child),
    },
    flowId: parent.flowId,
    pointer,
    parentId: parent.id,
    module,
    index,
    before,
    resumed,
    state: undefined,
    version: undefined,
    awaits: {},
    startedAt: new Date(),
    waitMs: 0,
    faults: 0,
    isDue: false,
    isLate: false,
    happened: [],
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
