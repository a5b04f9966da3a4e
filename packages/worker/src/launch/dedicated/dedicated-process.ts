import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Exit } from '@millrace/sandbox/spec'
import { Conversation } from '../conversation.ts'
import { readExit } from '../exit-of-child.ts'
import type { Frame } from '../frames.ts'
import { writeJobFiles } from '../job-files.ts'
import { planSpec, type LaunchContext, type LaunchPlan } from '../launch-context.ts'
import { readText } from '../output.ts'
import type { DedicatedJob } from './dedicated-job.ts'
import { Gate } from './gate.ts'
import { MarkedText } from './marked-text.ts'
import { WindowSize, type WindowTimes } from './window-size.ts'

const FLUSH_MS_MAX = 2000
const KINDS = /^(result|text|error|suspend|exit|skip) (\d{1,12})$/

type Stream = 'stdout' | 'stderr'

/** A job that lies before the process, or runs in it. */
interface Sent {
  readonly job: DedicatedJob
  readonly number: number
  frame: Frame | undefined
  /** It was taken back, and the process will say that it did not run it. */
  isTaken: boolean
}

/** A job that is over, and part of whose output may still be on its way. */
interface Over {
  readonly sent: Sent
  readonly exit: Exit
  readonly atMs: number
}

/**
 * A process that is dedicated to a script and runs its jobs itself, one at a time, in the order in which they were sent. Several lie
 * before it at once (`room` says how many), so that it need not wait for us between them.
 *
 * A job is *sent* → *begun* (the process took it; nobody tells us, but the one before it ended) → *over* (its `exit` frame came) →
 * *told* (the mark on stdout and stderr came as well: every byte before it was that job's). One that was sent and has not begun can be
 * taken back at any time (`recall`): the `Gate` decides. The process goes on when jobs end; whatever else happens (the box ends, it
 * is killed, a mark does not come) it is *dead* and never used again: the job that had begun fails with the reason, those that had not
 * are given back.
 */
export class DedicatedProcess {
  readonly #context: LaunchContext
  readonly #folder: string
  readonly #conversation: Conversation
  readonly #gate: Gate
  readonly #size: WindowSize
  #onChange: () => void = () => undefined
  /** What was sent and is not over, in order. */
  readonly #sent: Sent[] = []
  readonly #over: Over[] = []
  /** Whose output comes next on a stream: the first one without a mark. */
  readonly #unmarked: Readonly<Record<Stream, Sent[]>> = { stdout: [], stderr: [] }
  readonly #texts: Readonly<Record<Stream, MarkedText>>
  #outbox: (Uint8Array | string)[] = []
  #count = 0
  #hasServed = false
  #isStopped = false
  #isDead = false

  private constructor(parts: {
    readonly context: LaunchContext
    readonly folder: string
    readonly gate: Gate
    readonly conversation: Conversation
    readonly window: WindowTimes
  }) {
    const { conversation } = parts
    this.#context = parts.context
    this.#folder = parts.folder
    this.#gate = parts.gate
    this.#size = new WindowSize(parts.window)
    this.#conversation = conversation
    // It begins with what texts do not hold: of what might be the mark's beginning a piece would come late, behind the other stream's.
    const mark = `\u001e${randomUUID()}\n`
    this.#texts = { stdout: new MarkedText(mark), stderr: new MarkedText(mark) }
    this.#outbox.push(mark)
    const { box } = conversation
    const printed = Promise.all([
      readText(box.stdout, (text) => this.#hear('stdout', text)),
      readText(box.stderr, (text) => this.#hear('stderr', text)),
    ])
    conversation.listen((frame) => this.#take(frame))
    // Once for all jobs: what waits for a promise that outlives it is kept as long as the promise.
    void Promise.all([box.exited, conversation.closed, printed]).then(([exit]) => this.#end(exit))
  }

  static async start(context: LaunchContext, plan: LaunchPlan, window: WindowTimes): Promise<DedicatedProcess> {
    const folder = join(context.jobsFolder, randomUUID())
    await context.sandbox.makeFolder(folder)
    writeJobFiles(folder, plan.files ?? {})
    const gate = Gate.open(folder)
    try {
      const box = await context.sandbox.start(planSpec(plan, { host: folder, inside: '/job', writable: true }, {}))
      return new DedicatedProcess({ context, folder, gate, conversation: new Conversation(box, KINDS), window })
    } catch (error) {
      gate.close()
      throw error
    }
  }

  /** Who is told whenever it may have room for another job, or is dead. */
  listen(onChange: () => void): void {
    this.#onChange = onChange
  }

  get isDead(): boolean {
    return this.#isStopped || this.#isDead
  }

  /** Nothing lies before it: a job that is sent begins. */
  get isIdle(): boolean {
    return !this.isDead && this.#sent.length === 0
  }

  /** Jobs that lie before it, the one that runs included. */
  get load(): number {
    return this.#sent.length
  }

  has(job: DedicatedJob): boolean {
    return this.#sent.some((sent) => sent.job === job)
  }

  /** How many jobs may lie behind the one that runs; none behind one that takes long. */
  places(nowMs: number): number {
    const [first] = this.#sent
    if (this.isDead || !first || this.#sent.some(({ isTaken }) => isTaken)) return 0
    return this.#size.behind(nowMs - first.job.beganAtMs)
  }

  memoryBytes(): Promise<number | undefined> {
    return this.#conversation.box.memoryBytes()
  }

  /** Sends a job. What is sent in one turn of the event loop goes out as one piece: each write wakes the process. */
  send(job: DedicatedJob): void {
    this.#count += 1
    const sent: Sent = { job, number: this.#count, frame: undefined, isTaken: false }
    this.#sent.push(sent)
    this.#unmarked.stdout.push(sent)
    this.#unmarked.stderr.push(sent)
    if (this.#sent.length === 1) job.begin()
    if (this.#outbox.length < 2) setImmediate(() => this.#flush())
    this.#outbox.push(`job ${this.#gate.round}\n`, job.encodeInput())
  }

  /** Gives back what has not begun. */
  recall(): void {
    if (this.isDead || this.#sent.length === 0) return
    this.#gate.endRound()
    this.#giveBackAll(this.#sent.slice(this.#begunCount()))
  }

  /** Takes back what runs too long in front of others, and ends a process whose job does not say that its output is over. */
  look(nowMs: number): void {
    const [first, second] = this.#sent
    if (first && second && !second.isTaken && this.#size.isLong(nowMs - first.job.beganAtMs)) this.recall()
    const [oldest] = this.#over
    if (oldest && nowMs - oldest.atMs > FLUSH_MS_MAX) this.#conversation.box.kill('SIGKILL')
  }

  /** Something that time may change. */
  get needsLooks(): boolean {
    return !this.isDead && (this.#sent.length > 1 || this.#over.length > 0)
  }

  /** A job that has not begun is given back. Else the process goes with it: it runs the job itself and hears nothing meanwhile. */
  kill(job: DedicatedJob, signal: 'SIGTERM' | 'SIGKILL'): void {
    this.recall()
    // The last one that has begun is the one that runs; what was before it is over, and its answer on its way.
    const running = this.#sent.findLast(({ isTaken }) => !isTaken)
    if (running?.job === job) this.#conversation.box.kill(signal)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#conversation.box.kill('SIGKILL')
    await this.#conversation.box.exited
    await this.#context.sandbox.removeFolder(this.#folder)
  }

  #flush(): void {
    const pieces = this.#outbox.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece))
    this.#outbox = []
    this.#conversation.say(Buffer.concat(pieces))
  }

  #take(frame: Frame): void {
    const [first] = this.#sent
    if (!first) return
    if (frame.kind !== 'exit' && frame.kind !== 'skip') {
      first.frame ??= frame
      return
    }
    this.#sent.shift()
    const [next] = this.#sent
    if (next && !next.isTaken) next.job.begin()
    if (frame.kind === 'skip') this.#giveBack(first)
    else this.#noteOver(first, readExit(frame.payload))
    this.#onChange()
  }

  #noteOver(sent: Sent, exit: Exit): void {
    const atMs = performance.now()
    this.#size.ran(atMs - sent.job.beganAtMs)
    this.#hasServed = true
    this.#over.push({ sent, exit, atMs })
    this.#tellOver()
  }

  /** Tells of those that are over and whose output is here. */
  #tellOver(): void {
    for (let [first] = this.#over; first; [first] = this.#over) {
      if (this.#unmarked.stdout[0] === first.sent || this.#unmarked.stderr[0] === first.sent) return
      this.#over.shift()
      first.sent.job.end({ frame: first.sent.frame, exit: first.exit })
    }
  }

  #hear(stream: Stream, text: string): void {
    const [first = '', ...rest] = this.#texts[stream].push(text)
    this.#print(stream, first)
    for (const part of rest) {
      this.#unmarked[stream].shift()
      this.#print(stream, part)
    }
    if (rest.length > 0) this.#tellOver()
  }

  #print(stream: Stream, text: string): void {
    if (text !== '') this.#unmarked[stream][0]?.job.output[stream](text)
  }

  /** The last one first: each is put before those that it was sent before. */
  #giveBackAll(sent: readonly Sent[]): void {
    for (const each of sent.toReversed()) this.#giveBack(each)
  }

  #giveBack(sent: Sent): void {
    if (sent.isTaken) return
    sent.isTaken = true
    for (const line of Object.values(this.#unmarked)) {
      const at = line.indexOf(sent)
      if (at >= 0) line.splice(at, 1)
    }
    sent.job.giveBack()
  }

  /** Of what lies before it, how many have begun: those whose answer is on its way, and one that runs. */
  #begunCount(): number {
    const [first] = this.#sent
    if (!first) return 0
    return Math.min(this.#sent.length, (this.#gate.readBegun() - first.number + 1) & 255)
  }

  /** The box is gone, and everything that it said is here. */
  #end(exit: Exit): void {
    this.#isDead = true
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#print(stream, this.#texts[stream].rest())
      this.#unmarked[stream].length = 0
    }
    this.#tellOver()
    // One that ends before its first job begins would do so for ever: that job tells of it.
    const begun = Math.max(this.#begunCount(), this.#hasServed ? 0 : 1)
    this.#gate.close()
    const left = this.#sent.splice(0)
    this.#giveBackAll(left.slice(begun))
    for (const { job, frame, isTaken } of left.slice(0, begun))
      if (!isTaken) job.end({ frame, exit, fault: this.#conversation.fault })
    this.#onChange()
  }
}
