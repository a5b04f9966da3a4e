import { invariant } from '@millrace/base/invariant'
import type { ChildEnd, FlowError, FlowEvent, Transition } from '../core/protocol.ts'
import { Answerer, type AnswerTools } from './answer-asks.ts'
import type { FlowCache } from './flow-cache.ts'
import { contextOf, type Frame, type Pending } from './frame.ts'
import { frameOf, joinPlans, makePlan, withoutFrames, type EndedFrame, type Plan, type PlannedFrame } from './plan.ts'
import type { FlowProgram } from './program.ts'
import type { Programs } from './programs.ts'
import { ScopeReader } from './scope-reader.ts'
import { readResumptions, type StoredRef } from './sql/read-values.ts'
import { toStored } from './stored-ref.ts'
import { NotWritten, type Unwritten } from './unwritten.ts'

/** What becomes of a frame, and what it gives where it ends. */
export interface Decision {
  readonly plan: Plan
  readonly result: StoredRef | undefined
}

/** Times that a transition asks before its rules are held to be wrong. */
const ROUNDS_MAX = 1000
/** Frames that begin and end within one advance, the characters of what they give, and the time for it: with more, it is stored. */
const ENOUGH = { frames: 4000, chars: 2 ** 20, ms: 200 }
/** With so much, further frames of the same transition begin as jobs. */
const TOO_MUCH = { frames: 10_000, chars: 2 ** 23, ms: 2000 }
/** What is longer lies in pieces. */
const SHORT_CHARS_MAX = 65_536
/** So long others in this process wait at the most. */
const TURN_MS = 10

/** One advance: what it may see, and how far it has come. */
interface Course {
  readonly program: FlowProgram
  readonly unwritten: Unwritten
  readonly ended: EndedFrame[]
  readonly beganMs: number
  turnMs: number
  chars: number
}

/**
 * Asks the rules what becomes of a frame. A frame that starts no job ends where it begins (F5, F69): its parent takes its end in at
 * once, so that one advance takes any number of transitions and all of it is stored together.
 */
export class Decider {
  readonly #tools: AnswerTools
  readonly #programs: Programs
  readonly #cache: Pick<FlowCache, 'find'>

  constructor(tools: AnswerTools, programs: Programs, cache: Pick<FlowCache, 'find'>) {
    this.#tools = tools
    this.#programs = programs
    this.#cache = cache
  }

  /** May throw `NotWritten` where `unwritten` holds something. */
  async decide(frame: Frame, pending: Pending | undefined, unwritten: Unwritten): Promise<Decision> {
    invariant(pending !== undefined, 'nothing happened to the frame')
    const found = await this.#programs.find(frame.flowId)
    if (!found.ok) return failWith(frame, { name: 'InvalidFlow', message: `The flow cannot run: ${found.error}.` })
    const cached = frame.version === undefined ? await this.#cache.find(frame) : undefined
    if (cached) return endWith(frame, { status: 'success', result: { kind: 'value', ...cached } })
    const program = found.value
    const nowMs = performance.now()
    const course = { program, unwritten, ended: [], beganMs: nowMs, turnMs: nowMs, chars: 0 }
    const plan = await this.#advance(frame, await this.#complete(frame, pending.event), course)
    return { plan: { ...plan, ended: course.ended }, result: plan.end && toStored(program, plan.end.result) }
  }

  /** Transition after transition, as long as what the frame starts ends at once. */
  async #advance(frame: Frame, event: FlowEvent, course: Course): Promise<Plan> {
    let latest = await this.#transition(frame, event, course)
    let plan = latest
    for (;;) {
      const at = { ...frame, state: plan.state, awaits: plan.awaits }
      course.unwritten.keepFrame(at)
      const children = await this.#runFrames(at, latest.frames, course)
      if (children.length === 0) return plan
      const ids = new Set(children.map((child) => child.job))
      plan = withoutFrames(plan, ids)
      const next = hasDone(course, ENOUGH)
        ? undefined
        : await this.#tryTransition(at, { kind: 'ended', children }, course)
      if (!next) return { ...plan, untold: ids }
      latest = next
      plan = joinPlans(plan, next)
    }
  }

  /** Those of the frames that are over; the others begin as jobs. */
  async #runFrames(parent: Frame, planned: readonly PlannedFrame[], course: Course): Promise<readonly ChildEnd[]> {
    // One that begins in the middle begins as a job.
    const atOnce = planned.filter(({ pointer, state }) => !state && course.program.endsAtOnce(pointer))
    if (atOnce.length === 0) return []
    const items = atOnce.flatMap(({ before }) => (before.kind === 'item' ? [before] : []))
    await new ScopeReader(this.#tools, parent, course.program, course.unwritten).readItems(items)
    const children: ChildEnd[] = []
    for (const each of atOnce) {
      if (hasDone(course, TOO_MUCH)) break
      const child = await this.#runFrame(parent, each, course)
      if (child) children.push(child)
      await takeTurns(course)
    }
    return children
  }

  async #runFrame(parent: Frame, planned: PlannedFrame, course: Course): Promise<ChildEnd | undefined> {
    const count = course.ended.length
    const frame = frameOf(parent, planned)
    try {
      const plan = await this.#advance(frame, { kind: 'started' }, course)
      const ended = await this.#ended(frame, plan, course)
      if (ended) return keep(parent, ended, course)
    } catch (error) {
      if (!(error instanceof NotWritten)) throw error
    }
    course.ended.length = count
    return undefined
  }

  /** A frame that failed, or gives much, begins as a job and comes to the same end. */
  async #ended(frame: Frame, plan: Plan, { program, unwritten }: Course): Promise<EndedFrame | undefined> {
    const { end, state } = plan
    const isWhole = plan.jobs.length === 0 && plan.untold.size === 0
    if (!end || !isWhole || (end.status !== 'success' && end.status !== 'skipped')) return undefined
    const result = await new ScopeReader(this.#tools, frame, program, unwritten).readText(end.result)
    return (result?.length ?? 0) > SHORT_CHARS_MAX ? undefined : { frame, state, end, result }
  }

  /** Undefined: it needs what is not written yet. */
  async #tryTransition(frame: Frame, event: FlowEvent, course: Course): Promise<Plan | undefined> {
    try {
      return await this.#transition(frame, event, course)
    } catch (error) {
      if (error instanceof NotWritten) return undefined
      throw error
    }
  }

  async #transition(frame: Frame, event: FlowEvent, { program, unwritten }: Course): Promise<Plan> {
    const answerer = new Answerer(this.#tools, frame, program, unwritten)
    return makePlan(frame, await ask(frame, program, event, answerer), answerer.answered)
  }

  /** An event with what has to be read for it. */
  async #complete(frame: Frame, event: Pending['event']): Promise<FlowEvent> {
    if (event.kind !== 'resumed') return event
    const answers = await readResumptions(this.#tools.db.pool, { frame: frame.id, module: event.module })
    const approvals = answers.filter((answer) => answer.approved).length
    return { ...event, approvals, isDisapproved: approvals < answers.length }
  }
}

async function ask(
  frame: Frame,
  program: FlowProgram,
  event: FlowEvent,
  answerer: Answerer,
): Promise<Extract<Transition, { kind: 'next' }>> {
  const context = contextOf(frame)
  const { state } = frame
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const { answers } = answerer.answered
    const transition = program.transition({ context, state, event, answers })
    if (transition.kind === 'next') return transition
    await answerer.answer(transition.asks)
  }
  throw new Error('the rules of the flow never come to an end of asking')
}

function keep(parent: Frame, ended: EndedFrame, course: Course): ChildEnd {
  const { frame, end, result } = ended
  const { module, index, failures } = frame.job.step ?? { module: '', index: 0, failures: 0 }
  const child = { module, index, failures, job: frame.id, status: end.status, stopped: end.stopped }
  course.unwritten.keepChild(parent.id, child, result)
  course.ended.push(ended)
  course.chars += result?.length ?? 0
  return child
}

function hasDone({ ended, chars, beganMs }: Course, much: typeof ENOUGH): boolean {
  return ended.length >= much.frames || chars >= much.chars || performance.now() - beganMs >= much.ms
}

/** Lets others of this process have the processor now and then. */
async function takeTurns(course: Course): Promise<void> {
  if (performance.now() - course.turnMs < TURN_MS) return
  await new Promise((resolve) => setImmediate(resolve))
  course.turnMs = performance.now()
}

/** A frame fails whatever its rules would say. */
export function failWith(frame: Frame, error: FlowError): Decision {
  return endWith(frame, { status: 'failure', result: { kind: 'error', error } })
}

/** What follows for a flow that takes longer than it may. */
export function endLate(frame: Frame): Decision {
  const message = `timed out after ${(frame.job.timeoutMs ?? 0) / 1000} s`
  return failWith(frame, { name: 'TimeoutError', message })
}

/** The end of a frame that its rules have no say in. */
function endWith(
  frame: Frame,
  { status, result }: { readonly status: 'success' | 'failure'; readonly result: StoredRef },
): Decision {
  const before = frame.state ?? { at: 0, previous: frame.before, ended: {}, current: undefined, isOver: false }
  return {
    plan: {
      state: { ...before, isOver: true },
      jobs: [],
      frames: [],
      lists: [],
      wakeAfterMs: undefined,
      awaits: {},
      input: undefined,
      early: undefined,
      // What the rules hold of the result is not looked at: the frame is over.
      end: { status, result: { kind: 'null' }, stopped: false },
      ended: [],
      untold: new Set(),
    },
    result,
  }
}
