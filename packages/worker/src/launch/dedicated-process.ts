import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Launch } from '@millrace/runtimes'
import type { Exit } from '@millrace/sandbox/spec'
import { Conversation } from './conversation.ts'
import { explainKill, readExit } from './exit-of-child.ts'
import type { Frame } from './frames.ts'
import { writeJobFiles } from './job-files.ts'
import { decideOutcome } from './outcome.ts'
import { Output, readText } from './output.ts'
import { planSpec, type LaunchContext, type LaunchPlan, type RunEnd, type RunRequest } from './launch-context.ts'

const FLUSH_MS = 2000

interface Current {
  readonly output: Output
  readonly token: Token
  readonly ended: PromiseWithResolvers<Exit>
  frame: Frame | undefined
}

/**
 * A process that is dedicated to a script and runs its jobs itself, one at a time.
 *
 * *idle* → (`run`: the input is sent) *busy* → (`exit` frame) *flushing* → (the token of this job came back on stdout and stderr:
 * every byte before it was that job's) *idle*. Whatever else happens (the box ends, it is killed, a token does not come) it is
 * *dead*: killed, and never used again.
 */
export class DedicatedProcess {
  readonly #context: LaunchContext
  readonly #plan: LaunchPlan
  readonly #folder: string
  readonly #conversation: Conversation
  #current: Current | undefined
  #exit: Exit | undefined
  #isStopped = false
  #wasKilled = false

  private constructor(context: LaunchContext, plan: LaunchPlan, folder: string, conversation: Conversation) {
    this.#context = context
    this.#plan = plan
    this.#folder = folder
    this.#conversation = conversation
    const { box } = conversation
    void readText(box.stdout, (text) => this.#hear('stdout', text))
    void readText(box.stderr, (text) => this.#hear('stderr', text))
    conversation.listen((frame) => this.#take(frame))
    // Once for all jobs: what waits for a promise that outlives it is kept as long as the promise.
    void box.exited.then((exit) => this.#end(exit))
  }

  static async start(context: LaunchContext, plan: LaunchPlan): Promise<DedicatedProcess> {
    const folder = join(context.jobsFolder, randomUUID())
    await context.sandbox.makeFolder(folder)
    writeJobFiles(folder, plan.files ?? {})
    const box = await context.sandbox.start(planSpec(plan, { host: folder, inside: '/job', writable: true }, {}))
    return new DedicatedProcess(context, plan, folder, new Conversation(box))
  }

  get isDead(): boolean {
    return this.#isStopped || this.#exit !== undefined
  }

  memoryBytes(): Promise<number | undefined> {
    return this.#conversation.box.memoryBytes()
  }

  /** Runs a job; `launch` is that script's own, which alone can encode its input. */
  async run(launch: Launch, request: RunRequest): Promise<RunEnd> {
    const output = new Output(
      (text) => request.onLog(text),
      (text) => request.onStream?.(text),
    )
    const token = new Token()
    const current: Current = { output, token, ended: Promise.withResolvers<Exit>(), frame: undefined }
    this.#current = current
    if (this.#exit) current.ended.resolve(this.#exit)
    // All in one piece: each write wakes it.
    this.#conversation.say(Buffer.concat([launch.encodeInput(request.input), Buffer.from(`flush ${token.text}\n`)]))
    const end = await current.ended.promise
    const exit = this.#wasKilled ? end : await explainKill(end, this.#conversation.box)
    this.#wasKilled = false
    await this.#flush(current)
    this.#current = undefined
    output.end()
    const evidence = {
      frame: current.frame,
      exit,
      output,
      fault: this.#conversation.fault,
      withoutFrame: request.prepared.withoutFrame,
      limits: this.#plan.limits,
    }
    return { outcome: decideOutcome(evidence), exit }
  }

  /** It runs the job itself and hears nothing meanwhile. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (signal === 'SIGKILL') this.#wasKilled = true
    this.#conversation.box.kill(signal)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#conversation.box.kill('SIGKILL')
    await this.#conversation.box.exited
    await this.#context.sandbox.removeFolder(this.#folder)
  }

  #take(frame: Frame): void {
    const current = this.#current
    if (!current) return
    if (frame.kind === 'exit') current.ended.resolve(readExit(frame.payload))
    else current.frame ??= frame
  }

  #end(exit: Exit): void {
    this.#exit = exit
    this.#current?.ended.resolve(exit)
    this.#current?.token.giveUp()
  }

  /** Waits until everything that the job printed is here. */
  async #flush({ output, token }: Current): Promise<void> {
    if (token.isSeen || this.isDead) return this.#takeLeftovers(output, token)
    const late = setTimeout(() => this.#conversation.box.kill('SIGKILL'), FLUSH_MS)
    await token.seen
    clearTimeout(late)
    this.#takeLeftovers(output, token)
  }

  #takeLeftovers(output: Output, token: Token): void {
    for (const { stream, text } of token.leftovers()) output[stream](text)
  }

  #hear(stream: 'stdout' | 'stderr', text: string): void {
    if (!this.#current) return
    const { output, token } = this.#current
    output[stream](token.read(stream, text))
  }
}

/** Marks the end of a job's output on both streams; looks for itself across chunk borders. */
class Token {
  readonly text = randomUUID()
  readonly seen: Promise<void>
  readonly #resolve: () => void
  isSeen = false
  readonly #held = { stdout: '', stderr: '' }
  readonly #done = { stdout: false, stderr: false }

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.seen = promise
    this.#resolve = resolve
  }

  /** What comes before the mark; text that might be its beginning is held until more comes. */
  read(stream: 'stdout' | 'stderr', text: string): string {
    if (this.#done[stream]) return ''
    const all = this.#held[stream] + text
    const mark = `${this.text}\n`
    const at = all.indexOf(mark)
    if (at >= 0) {
      this.#done[stream] = true
      this.#held[stream] = ''
      if (this.#done.stdout && this.#done.stderr) this.giveUp()
      return all.slice(0, at)
    }
    const keep = beginningAtEnd(all, mark)
    this.#held[stream] = all.slice(all.length - keep)
    return all.slice(0, all.length - keep)
  }

  /** Nothing more will come. */
  giveUp(): void {
    this.isSeen = true
    this.#resolve()
  }

  /** What was held when the box ended before the mark came. */
  leftovers(): { stream: 'stdout' | 'stderr'; text: string }[] {
    return (['stdout', 'stderr'] as const).map((stream) => ({ stream, text: this.#held[stream] }))
  }
}

/** Characters at the end of `text` that `mark` begins with. */
function beginningAtEnd(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length -= 1)
    if (mark.startsWith(text.slice(text.length - length))) return length
  return 0
}
