import { Worker } from 'node:worker_threads'
import type { Death, GuestAnswer, GuestLimits, GuestTask } from './guest-task.ts'

const MAIN = new URL('./thread-main.ts', import.meta.url)

/** Deep recursion must meet the engine's own bound before that of the thread's stack. */
const STACK_MB = 16

/** For the texts that cross; what expressions use is bounded by the engine. */
const HEAP_MB = 512

/**
 * The thread bounds what an expression takes, but where the engine does not look at its clock, as in a search of a list, it must be
 * ended from here. It is looked at so often in the time of one evaluation, and is taken for hung after so many looks in vain: in
 * all somewhat later than the thread would end an evaluation itself.
 */
const LOOK_PER_TIME = 2.5
const LOOKS_MAX = 6

/** What a thread is started with. */
export interface ThreadData {
  readonly limits: GuestLimits
  /** Which task of the batch is under way; as many as there are when all are done. */
  readonly progress: Int32Array
}

/** How a batch ended: with an answer for each task, or with the thread, at one of the tasks. */
export type BatchEnd =
  | { readonly kind: 'answered'; readonly answers: readonly GuestAnswer[] }
  | { readonly kind: 'died'; readonly at: number; readonly because: Death }

/** A thread that evaluates one batch at a time. While it has none it does not keep the process alive. */
export class Thread {
  readonly #worker: Worker
  readonly #lookMs: number
  readonly #progress = new Int32Array(new SharedArrayBuffer(4))
  readonly #ready = Promise.withResolvers<void>()
  #batch: PromiseWithResolvers<BatchEnd> | undefined
  #death: Death | undefined
  #hasEnded = false

  constructor(limits: GuestLimits) {
    this.#lookMs = limits.timeMs * LOOK_PER_TIME
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
    const watch = this.#watch(tasks.length)
    try {
      return await this.#batch.promise
    } finally {
      clearInterval(watch)
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
  }

  #end(): void {
    this.#hasEnded = true
    this.#ready.resolve()
    this.#batch?.resolve(this.#died())
  }

  #died(): BatchEnd {
    return { kind: 'died', at: Atomics.load(this.#progress, 0), because: this.#death ?? 'ended' }
  }

  /** Counts looks and not time: while this thread stands still, nothing is known of the other. */
  #watch(tasks: number): NodeJS.Timeout {
    let seen = -1
    let looks = 0
    return setInterval(() => {
      const at = Atomics.load(this.#progress, 0)
      looks = at === seen ? looks + 1 : 0
      seen = at
      if (at >= tasks || looks < LOOKS_MAX) return
      this.#death ??= 'hung'
      void this.#worker.terminate()
    }, this.#lookMs)
  }
}
