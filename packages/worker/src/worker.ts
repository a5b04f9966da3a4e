import { hostname } from 'node:os'
import { newId } from '@millrace/base/ids'
import type { Service } from '@millrace/base/lifecycle'
import type { Logger } from '@millrace/base/logger'
import type { Metric } from '@millrace/base/metrics'
import { sleep } from '@millrace/base/time'
import type { Database } from '@millrace/db'
import {
  Consumer,
  errorResult,
  type ClaimedJob,
  type FinishStep,
  type NearWorkers,
  type Notifier,
  type Outcome,
  type SecretsOf,
  type WorkerTerms,
} from '@millrace/queue'
import type { Executor } from './executors/executor.ts'
import type { Group } from './group/group.ts'
import { Preparation } from './group/preparation.ts'
import { WorkerFigures } from './worker-figures.ts'

/** A worker of this process and what it takes. */
export interface WorkerOptions {
  readonly db: Database
  readonly notifier: Notifier
  /** Where those who enqueue in this process find it; without it, each job is claimed. */
  readonly near?: NearWorkers | undefined
  readonly log: Logger
  readonly executors: ReadonlyMap<string, Executor>
  /** Tags that it takes besides, whatever its group says, if it takes anything. */
  readonly ownTags?: readonly string[]
  /** Says which tags it takes (a job's tag is its language, its kind, or a word of its own) and how many jobs at once. */
  readonly group: Group
  readonly sandbox: { readonly id: string; readonly isolated: boolean; readonly notice: string | undefined }
  readonly version: string
  readonly leaseMs: number
  readonly pollMs: number
  readonly drainMs: number
  readonly logLengthMax: number
  /** What logs must not show; without it they show everything. */
  readonly secretsOf?: SecretsOf | undefined
  /** MiB that all running jobs together may need, as far as it is known of them. */
  readonly memoryMb: number
  /** Called when it has run as many jobs as it may and is drained; without it the worker joins afresh. */
  readonly onSpent?: (() => void) | undefined
  /** Told of each job whose outcome was written. */
  readonly onCompleted?: ((job: ClaimedJob) => void) | undefined
  /** How jobs of steps of flows end together with what follows; without it each ends by itself. */
  readonly finishStep?: FinishStep | undefined
}

interface Member {
  readonly consumer: Consumer
  /** The terms that it was told last, as JSON. */
  told: string
}

/**
 * Keeps one consumer alive: when its lease is lost, or it has run as many jobs as it may, a new one with a new identity takes its
 * place. What its group says is followed while it runs: when the notifier tells, and at each renewal of the lease.
 */
export class Worker implements Service {
  readonly name = 'worker'
  readonly #options: WorkerOptions
  readonly #ended = new AbortController()
  readonly #preparation: Preparation
  #member: Member | undefined
  readonly #figures = new WorkerFigures()
  #loop: Promise<void> = Promise.resolve()
  #off: () => void = () => undefined
  #following: Promise<void> = Promise.resolve()
  #isFollowing = false
  #hasNews = false

  constructor(options: WorkerOptions) {
    this.#options = options
    const { log } = options
    this.#preparation = new Preparation({ log, signal: this.#ended.signal, onChange: () => this.#follow() })
  }

  async start(): Promise<void> {
    const { notifier, group } = this.#options
    this.#off = notifier.on('groups', (names) => {
      if (names.length === 0 || names.includes(group.name)) this.#follow()
    })
    this.#member = await this.#join()
    this.#loop = this.#rejoin(this.#member)
  }

  /** What this worker did since its process began, and what it left behind. */
  metrics(): Promise<readonly Metric[]> {
    return this.#figures.read()
  }

  async stop(): Promise<void> {
    this.#off()
    this.#ended.abort()
    await this.#preparation.ended()
    await this.#following
    await this.#member?.consumer.stop()
    await this.#loop
  }

  async #join(): Promise<Member> {
    const { group, sandbox, version, executors, ...options } = this.#options
    await group.load()
    const terms = this.#terms()
    const id = newId()
    const { tags, slots, notice } = terms
    const host = hostname()
    const consumer = new Consumer({
      ...options,
      worker: {
        id,
        name: `${host.slice(0, 60)}-${id.slice(-6)}`,
        tags,
        slots,
        sandbox: sandbox.id,
        isolated: sandbox.isolated,
        notice,
        version,
        group: group.name,
        host,
      },
      terms,
      run: (job, context) => {
        const run = executors.get(job.kind)?.execute(job, context) ?? unknownKind(job)
        return run instanceof Promise ? this.#figures.watch(job.id, run) : run
      },
      following: {
        placesFor: (job) => executors.get(job.kind)?.placesFor?.(job) ?? 0,
        recall() {
          for (const executor of executors.values()) executor.recall?.()
        },
      },
      onBug: (job, error) => bug(job, error),
      onCompleted: (status, job) => {
        this.#figures.completed(status)
        this.#options.onCompleted?.(job)
      },
      onRenewed: () => this.#follow(),
    })
    await consumer.start()
    return { consumer, told: JSON.stringify(terms) }
  }

  /** What the group says, less what its init script keeps back. */
  #terms(): WorkerTerms {
    const { group, sandbox, ownTags = [] } = this.#options
    const { tags, slots, ranks, jobsMax, notice, initScript, env } = group.terms
    const obstacle = this.#preparation.prepare({ group: group.name, script: initScript, env })
    const notices = [sandbox.notice, obstacle ?? notice].filter((text) => text !== undefined)
    return {
      tags: obstacle === undefined && tags.length > 0 ? [...tags, ...ownTags] : [],
      slots,
      ranks,
      jobsMax,
      notice: notices.length > 0 ? notices.join('\n') : undefined,
    }
  }

  /** Looks at the group; one look at a time, and one more when news came meanwhile. */
  #follow(): void {
    this.#hasNews = true
    if (this.#isFollowing) return
    this.#isFollowing = true
    this.#following = this.#look()
  }

  async #look(): Promise<void> {
    const { group, log } = this.#options
    while (this.#hasNews && !this.#ended.signal.aborted) {
      this.#hasNews = false
      try {
        await group.load()
        const terms = this.#terms()
        const text = JSON.stringify(terms)
        const member = this.#member
        if (!member || text === member.told) continue
        await member.consumer.change(terms)
        member.told = text
        log.info({ group: group.name, tags: terms.tags, slots: terms.slots }, 'the worker follows its group')
      } catch (error) {
        log.warn({ err: error }, 'the worker group cannot be followed')
      }
    }
    this.#isFollowing = false
  }

  async #rejoin(first: Member): Promise<void> {
    const { onSpent, log } = this.#options
    const stopped = new Promise<'stopped'>((resolve) =>
      this.#ended.signal.addEventListener('abort', () => resolve('stopped'), { once: true }),
    )
    for (let { consumer } = first; ;) {
      const lost = consumer.onLost.then(() => 'lost' as const)
      const spent = consumer.onSpent.then(() => 'spent' as const)
      if (this.#ended.signal.aborted) return
      const why = await Promise.race([lost, spent, stopped])
      if (why === 'stopped') return
      await consumer.stop()
      if (why === 'spent') {
        log.info({}, 'the worker has run as many jobs as it may')
        if (onSpent) return onSpent()
      }
      const next = await this.#joinWhenPossible()
      if (!next) return
      consumer = next.consumer
      this.#member = next
      // The group may have changed between its last look and now.
      this.#follow()
      if (this.#ended.signal.aborted) return await consumer.stop()
    }
  }

  async #joinWhenPossible(): Promise<Member | undefined> {
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
