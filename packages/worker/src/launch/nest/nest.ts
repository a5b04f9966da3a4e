import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { Launch } from '@millrace/runtimes'
import type { Exit } from '@millrace/sandbox/spec'
import { Conversation, RESULT_BYTES_MAX } from '../conversation.ts'
import { explainKill, readExit } from '../exit-of-child.ts'
import { FrameReader, type Frame, type FrameKinds } from '../frames.ts'
import { makeMountPoint } from '../job-files.ts'
import { decideOutcome, faultOf, type RunError } from '../outcome.ts'
import { Output, readText } from '../output.ts'
import { answerSteps } from '../step-answers.ts'
import { planSpec, type LaunchContext, type LaunchPlan, type RunEnd, type RunRequest } from '../launch-context.ts'

const KILL_MS = 1000
const KINDS: FrameKinds = /^(ready|stdout|stderr|channel|exit) (\d{1,12})$/

/** The job that a nest runs. */
interface Current {
  readonly output: Output
  readonly reader: FrameReader
  readonly isStep: (frame: Frame) => boolean
  readonly decoders: { readonly stdout: StringDecoder; readonly stderr: StringDecoder }
  frame: Frame | undefined
  fault: RunError | undefined
  readonly ended: PromiseWithResolvers<Exit>
}

/**
 * A box in which further boxes are made (`files/nest.pl`): a plan's command waits in one of them for the next job, and when that is
 * over another takes its place. One job at a time: what it may use, the nest's own box may use.
 */
export class Nest {
  /** Host folder whose children are the job folders. */
  readonly folder: string
  readonly #context: LaunchContext
  readonly #plan: LaunchPlan
  readonly #conversation: Conversation
  readonly #ready = Promise.withResolvers<void>()
  /** What the nest itself has to say, which is why it could not make a box. */
  #said = ''
  #turn = 0
  #current: Current | undefined
  #isDead = false
  #wasKilled = false

  private constructor(context: LaunchContext, plan: LaunchPlan, folder: string, conversation: Conversation) {
    this.#context = context
    this.#plan = plan
    this.folder = folder
    this.#conversation = conversation
    const { box } = conversation
    for (const stream of [box.stdout, box.stderr]) void readText(stream, (text) => this.#note(text))
    conversation.listen((frame) => this.#hear(frame))
    void box.exited.then((exit) => {
      this.#isDead = true
      this.#ready.reject(new Error(`no boxes can be made within a box: ${this.#said.trim()}`))
      this.#current?.ended.resolve(exit)
    })
  }

  static async start(context: LaunchContext, plan: LaunchPlan): Promise<Nest> {
    const folder = join(context.jobsFolder, randomUUID())
    await context.sandbox.makeFolder(folder)
    // Where each box inside puts the folder of its job.
    const place = { host: await makeMountPoint(context), inside: '/job', writable: false }
    const spec = planSpec(
      { ...plan, mounts: [...plan.mounts, place] },
      { host: folder, inside: '/jobs', writable: true },
      {},
    )
    const nest = new Nest(context, plan, folder, new Conversation(await context.sandbox.start(spec), KINDS))
    await nest.#ready.promise
    return nest
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Name of the folder of the next job; each is for one job. */
  get turn(): string {
    return String(this.#turn)
  }

  memoryBytes(): Promise<number | undefined> {
    return this.#conversation.box.memoryBytes()
  }

  /** Runs the job whose files lie in `<folder>/<turn>`; `launch` is that script's own, which alone can encode its input. */
  async run(launch: Launch, request: RunRequest): Promise<RunEnd> {
    const output = new Output(
      (text) => request.onLog(text),
      (text) => request.onStream?.(text),
    )
    const current: Current = {
      output,
      reader: new FrameReader(RESULT_BYTES_MAX),
      isStep: answerSteps(request, (bytes) => this.#tell(current, bytes)),
      decoders: { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') },
      frame: undefined,
      fault: undefined,
      ended: Promise.withResolvers<Exit>(),
    }
    this.#current = current
    const { box } = this.#conversation
    // Else it is that of the largest process of the job, as the kernel tells it of children.
    const isMeasured = box.forgetMemoryPeak()
    // What is measured here need not be asked of processes that are gone.
    const how = isMeasured ? 'early' : 'whole'
    const input = launch.encodeInput(request.input)
    if (!this.#isDead)
      this.#conversation.say(Buffer.concat([Buffer.from(`job ${input.length} ${this.turn} ${how}\n`), input]))
    else current.ended.resolve(await box.exited)
    this.#turn += 1

    const end = await current.ended.promise
    const told = this.#wasKilled ? killed(end) : await explainKill(end, box)
    const exit = isMeasured && !this.#isDead ? { ...told, memoryPeakBytes: await box.memoryPeakBytes() } : told
    this.#wasKilled = false
    this.#current = undefined
    for (const stream of ['stdout', 'stderr'] as const) output[stream](current.decoders[stream].end())
    output.end()
    const evidence = {
      frame: current.frame,
      fault: current.fault ?? this.#conversation.fault,
      exit,
      output,
      withoutFrame: request.prepared.withoutFrame,
      limits: this.#plan.limits,
    }
    return { outcome: decideOutcome(evidence), exit }
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (signal === 'SIGTERM') return this.#conversation.say('term\n')
    this.#wasKilled = true
    this.#conversation.say('kill\n')
    const current = this.#current
    setTimeout(() => {
      if (this.#current === current && current) this.#conversation.box.kill('SIGKILL')
    }, KILL_MS)
  }

  async stop(): Promise<void> {
    this.#isDead = true
    this.#conversation.box.kill('SIGKILL')
    await this.#conversation.box.exited
    await this.#context.sandbox.removeFolder(this.folder)
  }

  #hear({ kind, payload }: Frame): void {
    const current = this.#current
    if (kind === 'ready') this.#ready.resolve()
    if (!current) return
    if (kind === 'stdout' || kind === 'stderr') current.output[kind](current.decoders[kind].write(payload))
    else if (kind === 'channel') this.#hearAnswer(current, payload)
    else current.ended.resolve(readExit(payload))
  }

  /** Says something to a job, if it is still there. */
  #tell(job: Current, bytes: Buffer): void {
    if (this.#current !== job) return
    this.#conversation.say(Buffer.concat([Buffer.from(`more ${bytes.length}\n`), bytes]))
  }

  #note(text: string): void {
    this.#said = (this.#said + text).slice(-1000)
    this.#current?.output.stderr(text)
  }

  /** What the job itself wrote, which may be anything. */
  #hearAnswer(current: Current, bytes: Buffer): void {
    if (current.fault) return
    try {
      for (const frame of current.reader.push(bytes)) if (!current.isStep(frame)) current.frame ??= frame
    } catch (error) {
      current.fault = faultOf(error)
      this.kill('SIGKILL')
    }
  }
}

/** A job that was to be killed was, whichever signal of ours it was that ended it. */
function killed(exit: Exit): Exit {
  return exit.code === 0 ? exit : { ...exit, code: null, signal: 'SIGKILL' }
}
