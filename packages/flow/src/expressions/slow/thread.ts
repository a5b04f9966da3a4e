import { Worker } from 'node:worker_threads'
import type { Death, GuestAnswer, GuestLimits, GuestTask } from './guest-task.ts'

const MAIN = new URL('./thread-main.ts', import.meta.url)

/** Deep recursion must meet the engine's own bound before that of the thread's stack. */
const STACK_MB = 16

/** For the texts that cross; what expressions use is bounded by the engine. */
const HEAP_MB = 512

/**
 * The thread bounds what an expression takes, but where the engine does not look at its clock, as in a search of a list, it must be
 * ended from here. What counts is the processor time that it spent on one task, so that a busy machine makes nobody fail.
 */
const LOOK_MS = 25
/** Beyond the time of the expression: to hand over what it reads and gives. */
const HUNG_MARGIN_MS = 100
const HUNG_MS_PER_CHAR = 0.0002

/** What a thread is started with. */
export interface ThreadData {
  readonly limits: GuestLimits
  /** Which task of the batch is under way; as many as there are when all are done. */
  readonly progress: Int32Array
}

/** How a batch ended: with an answer for each task, or with the thread, at one of the tasks. */
export type BatchEnd =
  | { readonly kind: 'answered'; readonly answers: readonly GuestAnswer[] }
  | { readonly kind: 'died'; readonly at: number; readonly because: Death; readonly error?: unknown }

/** A thread that evaluates one batch at a time. While it has none it does not keep the process alive. */
export class Thread {
  readonly #worker: Worker
  readonly #limits: GuestLimits
  readonly #progress = new Int32Array(new SharedArrayBuffer(4))
  readonly #ready = Promise.withResolvers<void>()
  #batch: PromiseWithResolvers<BatchEnd> | undefined
  #death: Death | undefined
  #error: unknown
  #hasEnded = false

  constructor(limits: GuestLimits) {
    this.#limits = limits
    this.#worker = new Worker(MAIN, {
      workerData: { limits, progress: this.#progress } satisfies ThreadData,
      env: {},
      execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
      resourceLimits: { stackSizeMb: STACK_MB, maxOldGenerationSizeMb: HEAP_MB },
    })
    this.#worker.on('message', (message: 'ready' | readonly GuestAnswer[]) => this.#hear(message))
    this.#worker.on('error', (error) => this.#note(error))
    this.#worker.once('exit', () => this.#end())
    this.#worker.unref()
  }

  /** Never rejects. Call it again only when the batch before has ended, and not after one with which the thread died. */
  async run(tasks: readonly GuestTask[]): Promise<BatchEnd> {
    this.#worker.ref()
    await this.#ready.promise
    this.#batch = Promise.withResolvers()
    if (this.#hasEnded) return this.#died()
    Atomics.store(this.#progress, 0, 0)
    this.#worker.postMessage(tasks)
    const seen: Seen = { at: -1, processorMs: 0, isOver: false }
    const watch = setInterval(() => void this.#look(tasks, seen), LOOK_MS)
    try {
      return await this.#batch.promise
    } finally {
      clearInterval(watch)
      seen.isOver = true
      this.#worker.unref()
    }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #hear(message: 'ready' | readonly GuestAnswer[]): void {
    if (message === 'ready') this.#ready.resolve()
    else this.#batch?.resolve({ kind: 'answered', answers: message })
  }

  #note(error: unknown): void {
    const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    if (isMemory) this.#death ??= 'memory'
    this.#error = error
  }

  #end(): void {
    this.#hasEnded = true
    this.#ready.resolve()
    this.#batch?.resolve(this.#died())
  }

  #died(): BatchEnd {
    return { kind: 'died', at: Atomics.load(this.#progress, 0), because: this.#death ?? 'ended', error: this.#error }
  }

  async #look(tasks: readonly GuestTask[], seen: Seen): Promise<void> {
    const at = Atomics.load(this.#progress, 0)
    const processorMs = await this.#processorMs()
    if (at !== seen.at) Object.assign(seen, { at, processorMs })
    const task = tasks[at]
    if (!task || seen.isOver || Atomics.load(this.#progress, 0) !== at) return
    const hungMs = this.#limits.timeMs + HUNG_MARGIN_MS + task.request.length * HUNG_MS_PER_CHAR
    if (processorMs - seen.processorMs <= hungMs) return
    this.#death ??= 'hung'
    await this.#worker.terminate()
  }

  /** What the thread spent since it started; 0 when it ended meanwhile. */
  async #processorMs(): Promise<number> {
    try {
      const { user, system } = await this.#worker.cpuUsage()
      return (user + system) / 1000
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_NOT_RUNNING') return 0
      throw error
    }
  }
}

/** At which task the thread was when somebody looked, and what it had spent when it was first seen there. */
interface Seen {
  at: number
  processorMs: number
  /** The batch has ended, and what `at` is means another one. */
  isOver: boolean
}
