import { availableParallelism, hostname } from 'node:os'
import { newId } from '@millrace/base/ids'
import type { Service } from '@millrace/base/lifecycle'
import type { Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import type { Database } from '@millrace/db'
import { Consumer, errorResult, type ClaimedJob, type Notifier, type Outcome } from '@millrace/queue'
import type { Executor } from './executors/executor.ts'

/** A worker of this process and what it takes. */
export interface WorkerOptions {
  readonly db: Database
  readonly notifier: Notifier
  readonly log: Logger
  readonly executors: ReadonlyMap<string, Executor>
  /** Tags it takes; a job's tag is its language, its kind, or a word of its own. */
  readonly tags: readonly string[]
  /** 0 chooses by the processors. */
  readonly slots: number
  readonly sandbox: { readonly id: string; readonly isolated: boolean; readonly notice: string | undefined }
  readonly version: string
  readonly leaseMs: number
  readonly pollMs: number
  readonly drainMs: number
  readonly logLengthMax: number
}

/** Keeps one consumer alive: when its lease is lost, a new one with a new identity takes its place. */
export class Worker implements Service {
  readonly name = 'worker'
  readonly #options: WorkerOptions
  readonly #ended = new AbortController()
  #consumer: Consumer | undefined
  #loop: Promise<void> = Promise.resolve()

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    this.#consumer = await this.#join()
    this.#loop = this.#rejoin(this.#consumer)
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    await this.#consumer?.stop()
    await this.#loop
  }

  async #join(): Promise<Consumer> {
    const { tags, sandbox, version, slots, executors, ...options } = this.#options
    const id = newId()
    const consumer = new Consumer({
      ...options,
      worker: {
        id,
        name: `${hostname().slice(0, 60)}-${id.slice(-6)}`,
        tags,
        slots: slots > 0 ? slots : Math.max(4, availableParallelism() * 2),
        sandbox: sandbox.id,
        isolated: sandbox.isolated,
        notice: sandbox.notice,
        version,
      },
      run: (job, context) => executors.get(job.kind)?.execute(job, context) ?? unknownKind(job),
      onBug: (job, error) => bug(job, error),
    })
    await consumer.start()
    return consumer
  }

  async #rejoin(first: Consumer): Promise<void> {
    let consumer = first
    for (;;) {
      const lost = consumer.onLost.then(() => true)
      const stopped = new Promise<boolean>((resolve) =>
        this.#ended.signal.addEventListener('abort', () => resolve(false), { once: true }),
      )
      if (this.#ended.signal.aborted || !(await Promise.race([lost, stopped]))) return
      await consumer.stop()
      const next = await this.#joinWhenPossible()
      if (!next) return
      consumer = next
      this.#consumer = next
      if (this.#ended.signal.aborted) return await next.stop()
    }
  }

  async #joinWhenPossible(): Promise<Consumer | undefined> {
    while (!this.#ended.signal.aborted) {
      try {
        return await this.#join()
      } catch (error) {
        this.#options.log.warn({ err: error }, 'the worker cannot join again')
        await sleep(1000, this.#ended.signal)
      }
    }
    return undefined
  }
}

function unknownKind(job: ClaimedJob): Outcome {
  return {
    status: 'failure',
    resultJson: errorResult('UnknownKind', `This worker cannot run jobs of kind "${job.kind}".`),
  }
}

function bug(job: ClaimedJob, error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error)
  return {
    status: 'failure',
    resultJson: errorResult('InternalError', `The worker failed to run job ${job.id}: ${message}`),
  }
}
