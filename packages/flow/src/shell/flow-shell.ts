import { invariant } from '@millrace/base/invariant'
import type { Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import { FRAME_FAULTS_MAX, type ClaimedJob, type RunEnd } from '@millrace/queue'
import type { FlowError, FlowEvent, Transition } from '../core/protocol.ts'
import { Answerer, type AnswerTools } from './answer-asks.ts'
import type { FailAt } from './failpoint.ts'
import { FlowCache } from './flow-cache.ts'
import { contextOf, hasMore, nextPending, type Frame, type Pending } from './frame.ts'
import { FrameStore } from './frame-store.ts'
import { JobMaker, type JobMakerTools } from './job-maker.ts'
import { makePlan, type Plan } from './plan.ts'
import type { FlowProgram, ReadProgram } from './program.ts'
import { Programs } from './programs.ts'
import { readResumptions, type StoredRef } from './sql/read-values.ts'
import { noteFault, type Stored } from './sql/store-frames.ts'
import { toStored } from './stored-ref.ts'

/** What the shell is made of. */
export interface FlowShellOptions extends Omit<AnswerTools, 'jobs'>, JobMakerTools {
  readonly log: Logger
  readonly readProgram: ReadProgram
  /** For tests. */
  readonly failAt?: FailAt
}

/** What came of one look at a frame: it advanced and more has happened, somebody else was faster, nothing is to be done, it is over. */
type Advance = 'advanced' | 'overtaken' | 'rests' | 'gone'

interface Decision {
  readonly plan: Plan
  readonly result: StoredRef | undefined
}

const PARKED: RunEnd = { status: 'parked' }
/** Times that a flow tries to begin. */
const BEGINNINGS_MAX = 3
/** Times that a transition asks before its rules are held to be wrong. */
const ROUNDS_MAX = 1000

/**
 * Carries out what the rules of flows decide. A frame advances wherever something happens to it: in the process that completed a child
 * of it, or in a worker that claimed its job, because it begins, its time has come, or nobody else took in what happened.
 *
 * What happened lies in `flow_event` from the very statement that made it happen. An advance reads frame and events without a lock, asks
 * the rules, answers what they ask, and stores in one transaction the state, the end of the events and all that follows, provided
 * that nobody has stored a transition since it read. So it does not matter who advances, how often, or where it dies.
 */
export class FlowShell {
  readonly #options: FlowShellOptions
  readonly #programs: Programs
  readonly #jobs: JobMaker
  readonly #frames: FrameStore
  readonly #cache: FlowCache
  readonly #failAt: FailAt
  /** Frames that this process advances, and whether something happened to them since it last looked. */
  readonly #advancing = new Map<string, { hasNews: boolean; readonly done: Promise<void> }>()

  constructor(options: FlowShellOptions) {
    this.#options = options
    this.#programs = new Programs(options.db.pool, options.flows, options.readProgram)
    this.#jobs = new JobMaker(options)
    this.#failAt = options.failAt ?? (() => undefined)
    this.#frames = new FrameStore(options.db, options.queue, this.#failAt)
    this.#cache = new FlowCache(options.db)
  }

  /** Something happened to a frame: takes it in soon. Whatever goes wrong is made good by the duty that delivers it again. */
  deliver(id: string): void {
    const known = this.#advancing.get(id)
    if (known) known.hasNews = true
    else this.#advancing.set(id, { hasNews: false, done: this.#deliver(id) })
  }

  /** Resolves when nothing is under way that was to be delivered. */
  async settled(): Promise<void> {
    while (this.#advancing.size > 0) await Promise.all([...this.#advancing.values()].map(({ done }) => done))
  }

  /** Advances a frame whose job a worker has claimed; the job waits or has ended when it returns. */
  async run(job: ClaimedJob, signal: AbortSignal): Promise<RunEnd> {
    for (let tries = 1; !isLost(signal); tries += 1) {
      try {
        await this.#advanceClaimed(job)
        return PARKED
      } catch (error) {
        const noted = await this.#noteFault(job.id, error)
        if (noted === 'noted' && (await this.#letGo(job))) return PARKED
        // A flow that cannot even begin fails as one.
        if (noted === 'no row' && tries >= BEGINNINGS_MAX) throw error
      }
      await sleep(Math.min(50 * 2 ** tries, 2000), signal)
    }
    return PARKED
  }

  /** Looks once more after it has let go of the job: what happened while the job was in hand has woken nobody. */
  async #advanceClaimed(job: ClaimedJob): Promise<void> {
    let inHand: ClaimedJob | undefined = job
    for (;;) {
      const step = await this.#advance(job.id, inHand)
      if (step === 'gone' || (step === 'rests' && inHand === undefined)) return
      if (step !== 'overtaken') inHand = undefined
    }
  }

  /** After a fault: the frame waits until it is delivered again, longer each time. */
  async #letGo(job: ClaimedJob): Promise<boolean> {
    try {
      const frame = await this.#frames.load(job.id)
      if (frame) await this.#park(frame, job)
      return true
    } catch (error) {
      this.#options.log.warn({ err: error, frame: job.id }, 'a frame of a flow cannot be let go of')
      return false
    }
  }

  async #deliver(id: string): Promise<void> {
    // One turn gathers what ends together.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      for (let step = await this.#advance(id, undefined); isOpen(step) || this.#hasNews(id);)
        step = await this.#advance(id, undefined)
    } catch (error) {
      await this.#noteFault(id, error)
    } finally {
      this.#advancing.delete(id)
    }
  }

  #hasNews(id: string): boolean {
    const known = this.#advancing.get(id)
    const hasNews = known?.hasNews ?? false
    if (known) known.hasNews = false
    return hasNews
  }

  /** Takes in one thing that happened. */
  async #advance(id: string, inHand: ClaimedJob | undefined): Promise<Advance> {
    const frame = await this.#frames.load(id)
    await this.#failAt('frame read')
    if (!frame) return 'gone'
    const pending = nextPending(frame)
    // Who begins a frame has claimed it; one that failed too often waits for somebody to say so.
    const mayNot = frame.faults >= FRAME_FAULTS_MAX || (!inHand && pending?.event.kind === 'started')
    if (mayNot || (!pending && !frame.isLate)) {
      if (inHand) await this.#park(frame, inHand)
      return 'rests'
    }
    const decision = frame.isLate ? endLate(frame) : await this.#decide(frame, pending)
    await this.#failAt('decided')
    return await this.#store(frame, pending, decision, inHand)
  }

  async #decide(frame: Frame, pending: Pending | undefined): Promise<Decision> {
    invariant(pending !== undefined, 'nothing happened to the frame')
    const program = await this.#programs.find(frame.flowId)
    if (!program.ok) return failWith(frame, { name: 'InvalidFlow', message: `The flow cannot run: ${program.error}.` })
    const cached = frame.version === undefined ? await this.#cache.find(frame) : undefined
    if (cached) return endWith(frame, { status: 'success', result: { kind: 'value', ...cached } })
    const answerer = new Answerer({ ...this.#options, jobs: this.#jobs }, frame, program.value)
    const event = await this.#complete(frame, pending.event)
    const next = await this.#ask(frame, program.value, event, answerer)
    const plan = makePlan(frame, next, answerer.answered)
    return { plan, result: plan.end && toStored(program.value, plan.end.result) }
  }

  async #ask(
    frame: Frame,
    program: FlowProgram,
    event: FlowEvent,
    answerer: Answerer,
  ): Promise<Extract<Transition, { kind: 'next' }>> {
    const { state } = frame
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const { answers } = answerer.answered
      const transition = program.transition({ context: contextOf(frame), state, event, answers })
      if (transition.kind === 'next') return transition
      await answerer.answer(transition.asks)
    }
    throw new Error('the rules of the flow never come to an end of asking')
  }

  /** An event with what has to be read for it. */
  async #complete(frame: Frame, event: Pending['event']): Promise<FlowEvent> {
    if (event.kind !== 'resumed') return event
    const answers = await readResumptions(this.#options.db.pool, { frame: frame.id, module: event.module })
    const approvals = answers.filter((answer) => answer.approved).length
    return { ...event, approvals, isDisapproved: approvals < answers.length }
  }

  async #store(
    frame: Frame,
    pending: Pending | undefined,
    { plan, result }: Decision,
    inHand: ClaimedJob | undefined,
  ): Promise<Advance> {
    const stored = await this.#frames.store({ frame, pending, plan, result, attempt: inHand?.attempt })
    if (!stored.isStored) return 'overtaken'
    await this.#seeToCancel(frame, stored)
    if (!plan.end) return hasMore(frame, pending) ? 'advanced' : 'rests'
    this.#tellEnd(frame)
    if (plan.end.status === 'success') await this.#keepResult(frame)
    if (frame.isLate) await this.#cancelBelow(frame)
    return 'gone'
  }

  /** Without it the next run just computes it again. */
  async #keepResult(frame: Frame): Promise<void> {
    try {
      await this.#cache.keep(frame)
    } catch (error) {
      this.#options.log.warn({ err: error, frame: frame.id }, 'the result of a flow cannot be kept for other runs')
    }
  }

  #tellEnd({ id, job }: Frame): void {
    this.#options.queue.tell({ ready: [], isScheduled: false }, [id])
    if (job.step && job.parentJob !== undefined) this.deliver(job.parentJob)
  }

  async #park(frame: Frame, { attempt }: ClaimedJob): Promise<void> {
    const stored = await this.#frames.store({ frame, pending: undefined, plan: undefined, result: undefined, attempt })
    await this.#seeToCancel(frame, stored)
  }

  /** A cancel that was asked for while we had the frame in hand. */
  async #seeToCancel({ id, workspaceId }: Frame, { cancel }: Stored): Promise<void> {
    if (cancel) await this.#options.queue.requestCancel({ workspaceId, ids: [id], ...cancel })
  }

  /** What a frame that is over has started ends with it. */
  async #cancelBelow({ id, workspaceId }: Frame): Promise<void> {
    await this.#options.queue.requestCancel({
      workspaceId,
      ids: [id],
      by: 'millrace',
      reason: 'its flow timed out',
      isBelow: true,
    })
  }

  async #noteFault(id: string, error: unknown): Promise<'noted' | 'no row' | 'unreachable'> {
    const { db, log } = this.#options
    log.error({ err: error, frame: id }, 'a flow cannot advance')
    try {
      const isNoted = await noteFault(db.pool, id, error instanceof Error ? error.message : String(error))
      return isNoted ? 'noted' : 'no row'
    } catch (fault) {
      log.warn({ err: fault, frame: id }, 'what keeps a flow from advancing cannot be noted')
      return 'unreachable'
    }
  }
}

function isOpen(step: Advance): boolean {
  return step === 'advanced' || step === 'overtaken'
}

function endLate(frame: Frame): Decision {
  const message = `timed out after ${(frame.job.timeoutMs ?? 0) / 1000} s`
  return failWith(frame, { name: 'TimeoutError', message })
}

function failWith(frame: Frame, error: FlowError): Decision {
  return endWith(frame, { status: 'failure', result: { kind: 'error', error } })
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
    },
    result,
  }
}

function isLost(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason?.kind === 'lease_lost'
}
