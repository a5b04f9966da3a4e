import type { Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import {
  FRAME_FAULTS_MAX,
  type ClaimedJob,
  type CompletionAnswer,
  type FinishStep,
  type RunEnd,
  type StepEnd,
} from '@millrace/queue'
import { goesOneByOne } from '../core/one-by-one.ts'
import type { AnswerTools } from './answer-asks.ts'
import { Decider, endLate, type Decision } from './decider.ts'
import type { FailAt } from './failpoint.ts'
import { FlowCache } from './flow-cache.ts'
import { hasMore, nextPending, type Frame, type Pending } from './frame.ts'
import { FrameStore } from './frame-store.ts'
import { inTime } from './in-time.ts'
import { JobMaker, type JobMakerTools } from './job-maker.ts'
import { KnownFrames, type KnownFrame } from './known-frames.ts'
import { newFrame, textsInHand } from './new-frame.ts'
import { isShort, type Plan } from './plan.ts'
import type { ReadProgram } from './program.ts'
import { Programs } from './programs.ts'
import { noteFault, type Stored } from './sql/store-frames.ts'
import { NotWritten, Unwritten } from './unwritten.ts'

/** What the shell is made of. */
export interface FlowShellOptions extends Omit<AnswerTools, 'jobs'>, JobMakerTools {
  readonly log: Logger
  readonly readProgram: ReadProgram
  /** For tests. */
  readonly failAt?: FailAt
}

/** What came of one look at a frame: it advanced and more has happened, somebody else was faster, nothing is to be done, it is over. */
type Advance = 'advanced' | 'overtaken' | 'rests' | 'gone'

/** A frame, what happened to it, and what was read for it. */
interface Look {
  readonly frame: Frame
  readonly pending: Pending | undefined
  readonly unwritten: Unwritten
}

const NO_STEP = { module: '', index: 0, failures: 0 }
const PARKED: RunEnd = { status: 'parked' }
/** So long the end of a step waits for the transition that takes it in: until then the process may die and the step run again. */
const DECIDE_MS_MAX = 100
/** Times that a flow tries to begin. */
const BEGINNINGS_MAX = 3

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
  readonly #decider: Decider
  readonly #frames: FrameStore
  readonly #cache: FlowCache
  readonly #failAt: FailAt
  readonly #known = new KnownFrames()
  /** Jobs that ended with the transition of their frame. */
  readonly #finished = new WeakSet<ClaimedJob>()
  /** Frames that this process advances, and whether something happened to them since it last looked. */
  readonly #advancing = new Map<string, { hasNews: boolean; readonly done: Promise<void> }>()

  constructor(options: FlowShellOptions) {
    this.#options = options
    this.#programs = new Programs(options.db.pool, options.flows, options.readProgram)
    this.#cache = new FlowCache(options.db)
    this.#decider = new Decider({ ...options, jobs: new JobMaker(options) }, this.#programs, this.#cache)
    this.#failAt = options.failAt ?? (() => undefined)
    this.#frames = new FrameStore(options.db, options.queue, this.#failAt)
  }

  /** Something happened to a frame: takes it in soon. Whatever goes wrong is made good by the duty that delivers it again. */
  deliver(id: string): void {
    const known = this.#advancing.get(id)
    if (known) known.hasNews = true
    else this.#advancing.set(id, { hasNews: false, done: this.#deliver(id) })
  }

  /** A job has ended: of a step whose frame has not taken that in yet, it is delivered. */
  ended(job: ClaimedJob): void {
    if (job.options.step && job.parentJob !== undefined && !this.#finished.has(job)) this.deliver(job.parentJob)
  }

  /** Ends a step together with the transition that takes its end in, where this process knows its frame (F70). */
  readonly finishStep: FinishStep = async (end) => {
    const known = this.#known.take(end.job)
    if (!known) return undefined
    try {
      return await this.#finish(known, end)
    } catch (error) {
      // It ends by itself, and what went wrong shows again where its frame is advanced.
      if (!(error instanceof NotWritten))
        this.#options.log.info({ err: error, job: end.job.id }, 'a step ends without its flow')
      return undefined
    }
  }

  async #finish({ frame, job, texts }: KnownFrame, ending: StepEnd): Promise<CompletionAnswer | undefined> {
    const { module, index, failures } = ending.job.options.step ?? NO_STEP
    const child = { module, index, failures, job, status: 'success' } as const
    const pending: Pending = { event: { kind: 'ended', children: [child] }, taken: [] }
    const unwritten = new Unwritten(texts)
    unwritten.keepChild(frame.id, child, ending.outcome.resultJson ?? undefined)
    const decision = await inTime(this.#decider.decide(frame, pending, unwritten), DECIDE_MS_MAX)
    await this.#failAt('step decided')
    if (!decision) return undefined
    const { plan, result } = decision
    if (!isShort(plan) || plan.wakeAfterMs !== undefined) return undefined
    const look = { frame, pending, unwritten }
    this.#keepKnown(look, plan)
    const stored = await this.#frames.store({ frame, pending, plan, result, attempt: undefined, ending })
    if (!stored.hasEnded) return { end: 'stale', ready: [], isScheduled: false }
    if (stored.isStored) {
      this.#finished.add(ending.job)
      await this.#goOn(look, plan)
    }
    return { end: 'over', ready: [], isScheduled: false }
  }

  /** Resolves when nothing is under way that was to be delivered. */
  async settled(): Promise<void> {
    while (this.#advancing.size > 0) await Promise.all([...this.#advancing.values()].map(({ done }) => done))
  }

  /** Advances a frame whose job a worker has claimed; the job waits or has ended when it returns. */
  async run(job: ClaimedJob, signal: AbortSignal): Promise<RunEnd> {
    for (let tries = 1; !isLost(signal); tries += 1) {
      try {
        await this.#programs.learn(job)
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
    const frame = newFrame(job)
    const first = frame && (await this.#advance(frame, job))
    // Nothing happens to a frame that has no row yet.
    if (first === 'rests' || first === 'gone') return
    let inHand = first === 'advanced' ? undefined : job
    for (;;) {
      const step = await this.#look(job.id, inHand)
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
      for (let step = await this.#look(id, undefined); isOpen(step) || this.#hasNews(id);)
        step = await this.#look(id, undefined)
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

  async #look(id: string, inHand: ClaimedJob | undefined): Promise<Advance> {
    const frame = await this.#frames.load(id)
    return frame ? await this.#advance(frame, inHand) : 'gone'
  }

  /** Takes in one thing that happened. */
  async #advance(frame: Frame, inHand: ClaimedJob | undefined): Promise<Advance> {
    await this.#failAt('frame read')
    const pending = nextPending(frame)
    // Who begins a frame has claimed it; one that failed too often waits for somebody to say so.
    const mayNot = frame.faults >= FRAME_FAULTS_MAX || (!inHand && pending?.event.kind === 'started')
    if (mayNot || (!pending && !frame.isLate)) {
      if (inHand) await this.#park(frame, inHand)
      return 'rests'
    }
    const unwritten = new Unwritten(textsInHand(frame, inHand))
    const decision = frame.isLate ? endLate(frame) : await this.#decider.decide(frame, pending, unwritten)
    await this.#failAt('decided')
    return await this.#store({ frame, pending, unwritten }, decision, inHand)
  }

  async #store(look: Look, { plan, result }: Decision, inHand: ClaimedJob | undefined): Promise<Advance> {
    const { frame, pending } = look
    this.#keepKnown(look, plan)
    const stored = await this.#frames.store({ frame, pending, plan, result, attempt: inHand?.attempt })
    if (!stored.isStored) return 'overtaken'
    await this.#seeToCancel(frame, stored)
    return await this.#goOn(look, plan)
  }

  /** Before a transition is stored: the job that it starts may begin and end before anybody here is told that it was. */
  #keepKnown(look: Look, plan: Plan): void {
    const isLast = plan.end !== undefined || isLeftOpen(look, plan)
    if (!isLast && goesOneByOne(plan.state)) this.#known.keep(look.frame, plan, look.unwritten)
  }

  /** After a transition was stored. */
  async #goOn(look: Look, plan: Plan): Promise<Advance> {
    const { frame } = look
    if (!plan.end) return isLeftOpen(look, plan) ? 'advanced' : 'rests'
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

/** Whether something is there already that the frame takes in next. */
function isLeftOpen({ frame, pending }: Look, { untold }: Plan): boolean {
  return untold.size > 0 || hasMore(frame, pending)
}

function isOpen(step: Advance): boolean {
  return step === 'advanced' || step === 'overtaken'
}

function isLost(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason?.kind === 'lease_lost'
}
