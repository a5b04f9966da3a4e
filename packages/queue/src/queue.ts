import { aboveWorkspaces, type Connection, type Database, type WorkspaceTransaction } from '@millrace/db'
import { findScriptMemory } from '@millrace/db/tables/script-memory'
import type { CarriedJobs, FrameChild } from './carried-jobs.ts'
import { Enqueuer, type Enqueued, type WrittenWithin } from './enqueuer.ts'
import type { NewJob } from './job.ts'
import type { NearWorkers } from './near-workers.ts'
import type { Notifier, ToldEnd } from './notifier.ts'
import { cancelJobs, type Canceled, type CancelWish } from './sql/cancel.ts'
import { endWait, noteWait, type JobWait } from './sql/job-wait.ts'
import { hasOutcome } from './sql/outcome.ts'
import { makeDueNow } from './sql/run-now.ts'
import { wakeFrame } from './sql/wake-frame.ts'

/** How often a waiter looks for itself, in case an announcement was lost. */
const LOOK_MS = 1000
/** The same where announcements of other processes do not arrive. */
const DEAF_LOOK_MS = 200
const MEMORY_LIFE_MS = 10_000
const MEMORY_KEPT = 10_000

/** Waits for the end of one job; made before the job is enqueued, so that no announcement is missed. */
export interface Expectation {
  /** True when the job has ended; false at the timeout or when the signal aborts. */
  ended(timeoutMs: number, signal?: AbortSignal): Promise<boolean>
  /** How it ended, where this process has written it itself: else it is to be read. */
  told(): ToldEnd | undefined
  close(): void
}

/** Jobs that were enqueued in a transaction of the caller. */
export interface EnqueuedWithin {
  /** In order. */
  readonly ids: readonly string[]
  announce(): void
}

/** The queue as those see it who ask for work: servers, not workers. */
export class Queue {
  readonly #db: Database
  readonly #notifier: Notifier
  readonly #enqueuer: Enqueuer
  readonly #memory = new Map<string, { readonly mb: number; readonly untilMs: number }>()

  /** `near` are the workers of this process, if it has any. */
  constructor(db: Database, notifier: Notifier, near?: NearWorkers) {
    this.#db = db
    this.#notifier = notifier
    this.#enqueuer = new Enqueuer(db, { near, carry: (tags) => notifier.carry('ready', tags) })
  }

  /** Q1–Q3, Q18, Q31, Q32: the ids, in order. Throws the problems `job.exists` and `job.key_reused`. */
  async enqueue(jobs: readonly NewJob[]): Promise<readonly string[]> {
    if (jobs.length === 0) return []
    const enqueued = await this.#enqueuer.enqueue(jobs)
    this.#announce(enqueued)
    return enqueued.ids
  }

  /**
   * The same in a transaction of the caller, so that the jobs are there exactly if what they belong to is. Workers hear of them by
   * `announce`, to be called after the commit. Jobs may be debounced, but have no other limit.
   */
  async enqueueWithin(tx: WorkspaceTransaction, jobs: readonly NewJob[]): Promise<EnqueuedWithin> {
    if (jobs.length === 0) return { ids: [], announce: () => undefined }
    const enqueued = await aboveWorkspaces(tx, (connection) => this.#enqueuer.enqueueWithin(connection, jobs))
    return { ids: enqueued.ids, announce: () => this.#announce(enqueued) }
  }

  /**
   * The same for an engine above workspaces, whose jobs may have limits; all have ids, and may begin in this process with the commit. What
   * it returns is told by `tell`. `follows` are jobs that the transaction lets go of: their slots go on to these.
   */
  async writeWithin(
    connection: Connection,
    jobs: readonly (NewJob & { readonly id: string })[],
    follows: readonly string[] = [],
  ): Promise<WrittenWithin> {
    if (jobs.length === 0) return { ready: [], isScheduled: false, ended: () => undefined }
    return await this.#enqueuer.writeWithin(connection, jobs, follows)
  }

  /** Jobs of steps for the statement that advances their flows; each may begin in this process with it. */
  carry(children: readonly FrameChild[]): CarriedJobs {
    return this.#enqueuer.carry(children)
  }

  /** After the commit: what there is for workers and for the keeper, and which jobs have ended. */
  tell({ ready, isScheduled }: Pick<Enqueued, 'ready' | 'isScheduled'>, done: readonly string[]): void {
    this.#announce({ ready, isTold: false, isScheduled, replaced: done })
  }

  #announce({ ready, isTold, isScheduled, replaced }: Omit<Enqueued, 'ids'>): void {
    if (ready.length > 0 && isTold) this.#notifier.tellHere('ready', ready)
    else if (ready.length > 0) this.#notifier.tell('ready', ready)
    if (isScheduled) this.#notifier.tell('scheduled', [])
    if (replaced.length > 0) this.#notifier.tell('done', replaced)
  }

  /** Ends jobs and all unfinished jobs below them, or asks their workers to (Q15–Q17, Q33). */
  async requestCancel(wish: CancelWish): Promise<Canceled> {
    const canceled = await cancelJobs(this.#db, wish)
    const told = [...canceled.asked, ...canceled.taken]
    if (told.length > 0) this.#notifier.tell('cancel', told)
    if (canceled.ended.length > 0) this.#notifier.tell('done', canceled.ended)
    if (canceled.ready.length > 0) this.#notifier.tell('ready', canceled.ready)
    return canceled
  }

  /** MiB that jobs of a script have been seen to need, as known some seconds ago; 0 is not known. */
  async memoryOf(workspace: string, path: string): Promise<number> {
    const key = `${workspace}/${path}`
    const nowMs = performance.now()
    const known = this.#memory.get(key)
    if (known && known.untilMs > nowMs) return known.mb
    const mb = await findScriptMemory(this.#db.kysely, workspace, path)
    if (this.#memory.size >= MEMORY_KEPT) this.#memory.clear()
    this.#memory.set(key, { mb, untilMs: nowMs + MEMORY_LIFE_MS })
    return mb
  }

  /** A running job waits for another one: for `forMs` it lends its slot (Q34). Say it again while the wait goes on. */
  async noteWait(wait: JobWait, forMs: number): Promise<void> {
    await noteWait(this.#db, wait, forMs)
    this.#notifier.tell('wait', [`${wait.waiterId}>${wait.childId}`])
  }

  /** The wait is over. */
  async endWait(wait: JobWait): Promise<void> {
    await endWait(this.#db, wait)
    this.#notifier.tell('wait', [`${wait.waiterId}>${wait.childId}`])
  }

  /** Workers of these groups look at what the groups are given now. */
  tellGroups(names: readonly string[]): void {
    this.#notifier.tell('groups', names)
  }

  /** Lets a job that is due later begin now (Q41); false when there is none that is. */
  async runNow(workspaceId: string, id: string): Promise<boolean> {
    const isDue = await makeDueNow(this.#db, workspaceId, id)
    if (isDue) this.#notifier.tell('scheduled', [])
    return isDue
  }

  /** Something happened to a frame of a flow that waits: a worker takes it in. */
  async wakeFrame(id: string): Promise<void> {
    const tag = await wakeFrame(this.#db, id)
    if (tag !== undefined) this.#notifier.tell('ready', [tag])
  }

  expect(id: string): Expectation {
    let heard = false
    let wake: (() => void) | undefined
    let end: ToldEnd | undefined
    const offEnd = this.#notifier.onEnd(id, (told) => (end = told))
    const off = this.#notifier.on('done', (ids) => {
      if (!ids.includes(id)) return
      heard = true
      wake?.()
    })
    const ended = async (timeoutMs: number, signal?: AbortSignal): Promise<boolean> => {
      const deadline = performance.now() + timeoutMs
      for (;;) {
        const left = deadline - performance.now()
        if (!heard && left > 0 && !signal?.aborted)
          await waitFor(
            (resolve) => (wake = resolve),
            Math.min(left, this.#notifier.isConnected ? LOOK_MS : DEAF_LOOK_MS),
            signal,
          )
        if (heard) return true
        if (signal?.aborted) return false
        if (await hasOutcome(this.#db, id)) return true
        if (performance.now() >= deadline) return false
      }
    }
    const close = () => {
      off()
      offEnd()
    }
    return { ended, told: () => end, close }
  }

  /** Resolves at a hint that the job's log or state changed, or after `timeoutMs`. */
  async changed(id: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const offs: (() => void)[] = []
    await waitFor(
      (resolve) => {
        const listener = (ids: readonly string[]) => {
          if (ids.includes(id)) resolve()
        }
        offs.push(this.#notifier.on('log', listener), this.#notifier.on('done', listener))
      },
      timeoutMs,
      signal,
    )
    for (const off of offs) off()
  }
}

function waitFor(
  listen: (resolve: () => void) => void,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, timeoutMs)
    signal?.addEventListener('abort', done, { once: true })
    listen(done)
  })
}
