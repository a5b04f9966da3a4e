import type { FlowStep } from '@millrace/queue'
import type {
  ChildEnd,
  FlowEvent,
  FrameContext,
  FramePointer,
  FrameState,
  ResultRef,
  Resumed,
  Together,
} from '../core/protocol.ts'

/** Events that one transition takes in at the most. */
export const EVENTS_MAX = 1000

/** What is asked of a frame's job, and in whose name: its children inherit it. */
export interface FrameJob {
  readonly kind: string
  readonly scriptPath: string | undefined
  readonly scriptHash: string | undefined
  readonly createdBy: string
  readonly email: string
  readonly permissionedAs: string
  readonly rootJob: string | undefined
  readonly parentJob: string | undefined
  readonly tag: string
  readonly priority: number
  readonly visibleToOwner: boolean
  readonly triggerKind: string | undefined
  readonly timeoutMs: number | undefined
  readonly cacheTtlS: number | undefined
  readonly together: Together | undefined
  readonly step: FlowStep | undefined
}

/** A frame as one look at the database saw it. */
export interface Frame {
  readonly id: string
  readonly workspaceId: string
  readonly job: FrameJob
  /** The frame of the flow itself. */
  readonly flowId: string
  readonly pointer: FramePointer
  readonly parentId: string | undefined
  readonly module: string | undefined
  readonly index: number | undefined
  readonly before: ResultRef
  readonly resumed: Resumed | undefined
  readonly state: FrameState | undefined
  /** Undefined where it has no row yet: it is the frame of a flow that has just begun. */
  readonly version: number | undefined
  readonly awaits: Readonly<Record<string, Awaited>>
  readonly startedAt: Date
  readonly waitMs: number
  readonly faults: number
  /** The moment that was asked for has come. */
  readonly isDue: boolean
  /** The time that the flow may take is over. */
  readonly isLate: boolean
  readonly happened: readonly Happened[]
}

/** What a module waits for of people. */
export interface Awaited {
  readonly required: number
  readonly suspend: unknown
}

/** A row of what happened. */
export interface Happened {
  readonly id: number
  readonly kind: 'ended' | 'resumed'
  readonly module: string
  readonly index: number
  readonly failures: number
  readonly job: string | undefined
  readonly status: ChildEnd['status'] | undefined
  readonly stopped: boolean
}

/** An event, and the rows that are gone when it is taken in. */
export interface Pending {
  readonly event: Exclude<FlowEvent, { kind: 'resumed' }> | { readonly kind: 'resumed'; readonly module: string }
  readonly taken: readonly number[]
}

/** What the rules know of a frame. */
export function contextOf(frame: Frame): FrameContext {
  const { id, pointer, index, before, resumed, job } = frame
  const { together } = job
  return {
    id,
    pointer,
    index,
    before,
    ...(resumed && { resumed }),
    ...(together && { together }),
    isTriggered: isTriggered(job),
  }
}

/** What is to be delivered next; children that ended are told together. */
export function nextPending(frame: Frame): Pending | undefined {
  if (frame.state === undefined) return { event: { kind: 'started' }, taken: [] }
  const [first] = frame.happened
  if (first?.kind === 'resumed') {
    const taken = frame.happened.filter((each) => each.kind === 'resumed' && each.module === first.module)
    return { event: { kind: 'resumed', module: first.module }, taken: taken.map((each) => each.id) }
  }
  if (first) {
    const ended = frame.happened.filter((each) => each.kind === 'ended')
    return { event: { kind: 'ended', children: ended.map(toChildEnd) }, taken: ended.map((each) => each.id) }
  }
  return frame.isDue ? { event: { kind: 'due' }, taken: [] } : undefined
}

/** Whether more had happened than was taken in; what happened since is delivered by those who made it happen. */
export function hasMore({ happened, isDue }: Frame, pending: Pending | undefined): boolean {
  const isLeft = happened.length > (pending?.taken.length ?? 0) || happened.length >= EVENTS_MAX
  return isLeft || (isDue && pending?.event.kind !== 'due')
}

function toChildEnd({ module, index, failures, job, status, stopped }: Happened): ChildEnd {
  return { module, index, failures, job: job ?? '', status: status ?? 'failure', stopped }
}

/** A flow inside another one is called, and so is one that a person starts by hand. */
function isTriggered({ triggerKind, step }: FrameJob): boolean {
  return step === undefined && triggerKind !== undefined && triggerKind !== 'ui' && triggerKind !== 'app'
}
