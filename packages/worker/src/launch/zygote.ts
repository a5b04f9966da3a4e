import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Launch } from '@millrace/runtimes'
import type { Exit } from '@millrace/sandbox/spec'
import { Conversation } from './conversation.ts'
import { explainKill, readExit } from './exit-of-child.ts'
import type { Frame } from './frames.ts'
import { makeMountPoint, writeJobFiles } from './job-files.ts'
import { decideOutcome } from './outcome.ts'
import { Output, readText } from './output.ts'
import { planSpec, type LaunchContext, type LaunchPlan, type RunEnd, type RunRequest } from './launch-context.ts'

const FLUSH_MS = 2000
const KILL_MS = 1000

/**
 * A parked interpreter that forks a child for each job, one at a time; or, dedicated to a script, runs its jobs itself.
 *
 * *idle* → (`run`: the input is sent) *busy* → (`exit` frame: the job's tree is gone) *flushing* → (the token, which no job
 * ever saw, came back on stdout and stderr: every byte before it was that job's) *idle*. Whatever else happens (the box ends,
 * a kill that is not obeyed, a token that does not come) it is *dead*: killed, and never used again.
 */
export class Zygote {
  /** Host folder whose children are the job folders. */
  readonly folder: string
  readonly #context: LaunchContext
  readonly #plan: LaunchPlan
  readonly #conversation: Conversation
  #current: { output: Output; token: Token | undefined } | undefined
  #isDead = false
  #wasKilled = false

  private constructor(context: LaunchContext, plan: LaunchPlan, folder: string, conversation: Conversation) {
    this.#context = context
    this.#plan = plan
    this.folder = folder
    this.#conversation = conversation
    const { box } = conversation
    void readText(box.stdout, (text) => this.#hear('stdout', text))
    void readText(box.stderr, (text) => this.#hear('stderr', text))
    void box.exited.then(() => (this.#isDead = true))
  }

  static async start(context: LaunchContext, plan: LaunchPlan): Promise<Zygote> {
    const folder = join(context.jobsFolder, randomUUID())
    await context.sandbox.makeFolder(folder)
    if (plan.files) {
      writeJobFiles(folder, plan.files)
      const box = await context.sandbox.start(planSpec(plan, { host: folder, inside: '/job', writable: true }, {}))
      return new Zygote(context, plan, folder, new Conversation(box))
    }
    // Where each child puts its own folder, in mounts of its own.
    const place = { host: await makeMountPoint(context), inside: '/job', writable: false }
    const spec = planSpec(
      { ...plan, mounts: [...plan.mounts, place] },
      { host: folder, inside: '/jobs', writable: true },
      {},
    )
    return new Zygote(context, plan, folder, new Conversation(await context.sandbox.start(spec)))
  }

  get isDead(): boolean {
    return this.#isDead
  }

  memoryBytes(): Promise<number | undefined> {
    return this.#conversation.box.memoryBytes()
  }

  /** Runs the job whose files lie in `<folder>/<name>`; `launch` is that script's own, which alone can encode its input. */
  async run(launch: Launch, request: RunRequest, name: string): Promise<RunEnd> {
    const output = new Output(
      (text) => request.onLog(text),
      (text) => request.onStream?.(text),
    )
    this.#current = { output, token: undefined }
    const job = Promise.withResolvers<{ exit: Exit; frame: Frame | undefined }>()
    let frame: Frame | undefined
    this.#conversation.listen((next) => {
      if (next.kind === 'exit') job.resolve({ exit: readExit(next.payload), frame })
      else frame ??= next
    })
    void this.#conversation.box.exited.then((exit) => job.resolve({ exit, frame }))
    this.#begin(launch.encodeInput(request.input, name))
    const end = await job.promise
    const exit = this.#wasKilled ? end.exit : await explainKill(end.exit, this.#conversation.box)
    this.#wasKilled = false
    await this.#flush()
    this.#current = undefined
    output.end()
    const evidence = {
      frame: end.frame,
      exit,
      output,
      fault: this.#conversation.fault,
      withoutFrame: request.prepared.withoutFrame,
      limits: this.#plan.limits,
    }
    return { outcome: decideOutcome(evidence), exit }
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (signal === 'SIGKILL') this.#wasKilled = true
    // A dedicated process runs the job itself and hears nothing meanwhile.
    if (this.#plan.files) return this.#conversation.box.kill(signal)
    this.#conversation.say(signal === 'SIGTERM' ? 'term\n' : 'kill\n')
    if (signal === 'SIGTERM') return
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

  /** Waits until everything that the job printed is here. */
  async #flush(): Promise<void> {
    if (this.#isDead || !this.#current) return
    const token = this.#current.token ?? this.#askForFlush()
    const late = setTimeout(() => this.#conversation.box.kill('SIGKILL'), FLUSH_MS)
    await Promise.race([token.seen, this.#conversation.box.exited])
    clearTimeout(late)
    for (const { stream, text } of token.leftovers()) this.#current.output[stream](text)
  }

  /** A dedicated process gets all in one piece: each write wakes it. */
  #begin(input: Uint8Array): void {
    if (!this.#plan.files) return this.#conversation.say(input)
    this.#conversation.say(Buffer.concat([input, Buffer.from(flushCommand(this.#makeToken()))]))
  }

  #askForFlush(): Token {
    const token = this.#makeToken()
    this.#conversation.say(flushCommand(token))
    return token
  }

  #makeToken(): Token {
    const token = new Token()
    if (this.#current) this.#current.token = token
    return token
  }

  #hear(stream: 'stdout' | 'stderr', text: string): void {
    if (!this.#current) return
    const { output, token } = this.#current
    const before = token ? token.read(stream, text) : text
    output[stream](before)
  }
}

function flushCommand({ text }: Token): string {
  return `flush ${text}\n`
}

/** Marks the end of a job's output on both streams; looks for itself across chunk borders. */
class Token {
  readonly text = randomUUID()
  readonly seen: Promise<void>
  readonly #resolve: () => void
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
      if (this.#done.stdout && this.#done.stderr) this.#resolve()
      return all.slice(0, at)
    }
    const keep = beginningAtEnd(all, mark)
    this.#held[stream] = all.slice(all.length - keep)
    return all.slice(0, all.length - keep)
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
