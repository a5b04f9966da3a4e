import type { QueryRequest } from '@millrace/runtimes'
import type { SandboxProcess } from '@millrace/sandbox'
import { type Conversation, RESULT_BYTES_MAX } from '../launch/conversation.ts'
import type { Frame } from '../launch/frames.ts'
import type { Run, RunEnd } from '../launch/launch-context.ts'
import { failed } from '../launch/outcome.ts'
import { readText } from '../launch/output.ts'

/** Rows of a statement that are kept. */
const ROWS_MAX = 10_000
/** After a drop the helper answers within this time, or it is stuck and is ended. */
const DROP_MS = 2000
const WORDS_MAX = 2000

interface Waiting {
  readonly ended: PromiseWithResolvers<RunEnd>
  onLog(text: string): void
}

/** A helper in its box. Each job ends once: by its result, by its error, or with the helper. */
export class QueryHelper {
  readonly #conversation: Conversation
  readonly #jobs = new Map<string, Waiting>()
  #words = ''
  #next = 0
  #isDead = false
  /** How its jobs ended, once it is dead. */
  #lost: RunEnd | undefined

  constructor(conversation: Conversation) {
    const { box } = conversation
    this.#conversation = conversation
    conversation.listen((frame) => this.#hear(frame))
    const hear = (text: string) => (this.#words = (this.#words + text).slice(-WORDS_MAX))
    void readText(box.stdout, hear)
    void readText(box.stderr, hear)
    void Promise.all([box.exited, conversation.closed]).then(([exit]) => this.#die(exit))
  }

  get isDead(): boolean {
    return this.#isDead
  }

  get jobCount(): number {
    return this.#jobs.size
  }

  run(request: QueryRequest, onLog: (text: string) => void): Run {
    const job = String((this.#next += 1))
    if (this.#lost) return { ended: Promise.resolve(this.#lost), kill: () => undefined }
    const waiting: Waiting = { ended: Promise.withResolvers<RunEnd>(), onLog }
    this.#jobs.set(job, waiting)
    this.#order({ op: 'run', job, request, rowsMax: ROWS_MAX, bytesMax: RESULT_BYTES_MAX - 1024 })
    return {
      ended: waiting.ended.promise,
      kill: (signal) => {
        if (!this.#jobs.has(job)) return
        this.#order({ op: signal === 'SIGTERM' ? 'cancel' : 'drop', job })
        if (signal === 'SIGKILL')
          setTimeout(() => this.#jobs.has(job) && this.#conversation.box.kill('SIGKILL'), DROP_MS)
      },
    }
  }

  async stop(): Promise<void> {
    this.#isDead = true
    this.#conversation.box.kill('SIGKILL')
    await this.#conversation.box.exited
  }

  #order(order: Readonly<Record<string, unknown>>): void {
    const body = Buffer.from(JSON.stringify(order))
    this.#conversation.say(Buffer.concat([Buffer.from(`${body.length}\n`), body]))
  }

  #hear({ kind, payload }: Frame): void {
    const end = payload.indexOf(10)
    const job = payload.toString('latin1', 0, end)
    const waiting = this.#jobs.get(job)
    if (!waiting) return
    const text = payload.toString('utf8', end + 1)
    if (kind === 'text') return waiting.onLog(text)
    this.#jobs.delete(job)
    if (kind === 'result') return waiting.ended.resolve({ outcome: { kind: 'result', json: text }, exit: undefined })
    waiting.ended.resolve({ outcome: { kind: 'error', error: JSON.parse(text) }, exit: undefined })
  }

  #die(exit: Awaited<SandboxProcess['exited']>): void {
    this.#isDead = true
    const how = exit.outOfMemory ? 'ran out of memory' : `ended (${exit.signal ?? `exit code ${exit.code}`})`
    const name = exit.outOfMemory ? 'OutOfMemory' : 'HelperLost'
    const words = this.#words.trim() === '' ? '' : `\n${this.#words.trim()}`
    const outcome = failed(
      name,
      `the helper that runs this language ${how} while the job ran; what its statement did is not known${words}`,
    )
    this.#lost = { outcome, exit: undefined }
    for (const { ended } of this.#jobs.values()) ended.resolve(this.#lost)
    this.#jobs.clear()
  }
}
