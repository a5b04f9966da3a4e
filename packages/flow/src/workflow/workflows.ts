import type { Logger } from '@millrace/base/logger'
import { inTransaction } from '@millrace/db'
import { errorResult, type ClaimedJob, type NewJob, type Outcome, type WrittenWithin } from '@millrace/queue'
import { JobMaker, type JobMakerTools } from '../shell/job-maker.ts'
import { readStepResult, toCheckpoint, type Checkpoint } from './checkpoint.ts'
import { keepInlineStep } from './keep-inline-step.ts'
import { openWorkflow, readArgs, readEndedSteps, wakeWorkflow, type LetGo } from './sql/open.ts'
import { suspendWorkflow, type FrameChange, type NewCheckpoint, type Stored } from './sql/suspend.ts'
import { readInlineStep, readSuspension, type Approval, type Suspension, type Task } from './suspension.ts'
import { makeTaskJob, targetOf } from './task-jobs.ts'

/** What workflows are made of. */
export interface WorkflowsOptions extends JobMakerTools {
  readonly log: Logger
}

/** What a claim of a workflow, or of a task of one, comes to. */
export type Opened =
  /** The code is to be run from this checkpoint; with the arguments of its workflow where it is for a task. */
  | { readonly kind: 'run'; readonly checkpoint: Checkpoint; readonly argsJson?: string | undefined }
  /** The worker has it no more. */
  | { readonly kind: 'parked' }

/** What becomes of a workflow whose code has come to where it waits. */
export type Suspended =
  | { readonly kind: 'parked' }
  /** It waits for nothing: the code is run again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'failed'; readonly outcome: Outcome }

const PARKED = { kind: 'parked' } as const
const APPROVAL_TIMEOUT_S = 1800

interface Ask {
  readonly checkpoints: readonly NewCheckpoint[]
  readonly jobs: readonly (NewJob & { readonly id: string })[]
  readonly change: FrameChange
}

/**
 * Lets workflows as code wait. A run of their code begins with what is over and ends where something is missing; what it asks for then is
 * written in one transaction with the jobs of its tasks, and the workflow's own job waits without a worker, as a frame of a flow does.
 */
export class Workflows {
  readonly #options: WorkflowsOptions
  readonly #jobs: JobMaker
  /** Workflows that this process looks at, and whether something happened to them since. */
  readonly #waking = new Map<string, { hasNews: boolean; readonly done: Promise<void> }>()

  constructor(options: WorkflowsOptions) {
    this.#options = options
    this.#jobs = new JobMaker(options)
  }

  /** A worker has claimed a workflow, or a function of one. */
  async open(job: ClaimedJob): Promise<Opened> {
    const { pool } = this.#options.db
    const { step } = job.options
    if (step?.task === 'function' && job.parentJob !== undefined) {
      const argsJson = await this.argsOf(job.parentJob)
      return { kind: 'run', checkpoint: await this.#load(job.parentJob, step.module), argsJson }
    }
    const opening = await openWorkflow(pool, job.id, job.attempt)
    if (opening.kind === 'run') return { kind: 'run', checkpoint: await this.#load(job.id, undefined) }
    if (opening.kind === 'waits') await this.#tell(job, opening, undefined)
    return PARKED
  }

  /** The arguments of a workflow, as JSON text. */
  async argsOf(workflow: string): Promise<string | undefined> {
    return await readArgs(this.#options.db.pool, workflow)
  }

  /** Keeps what an inline step gave, as the process of its workflow said it; the answer for that process, as JSON, or undefined: it is not kept. */
  async keep(job: Pick<ClaimedJob, 'id' | 'workspaceId'>, json: string): Promise<string | undefined> {
    const step = readInlineStep(json)
    if (!step) return undefined
    const { kind, ...more } = await keepInlineStep(this.#options.db.pool, job, step)
    return kind === 'kept' ? JSON.stringify({ isKept: true, ...more }) : undefined
  }

  /** Writes down what the code of a workflow asks for, as its process said it, and lets go of it. */
  async suspend(job: ClaimedJob, json: string): Promise<Suspended> {
    if (job.options.step?.task === 'function')
      return failed(
        'A task of a workflow runs as a single job: it cannot wait, or start tasks. Call what waits from the workflow itself.',
      )
    const suspension = readSuspension(json)
    if (!suspension.ok) return failed(suspension.error)
    const ask = await this.#prepare(job, suspension.value)
    const { stored, written } = await this.#store(job, ask)
    switch (stored.kind) {
      case 'stale':
        return PARKED
      case 'clash':
        return failed(clashMessage(stored.keys))
      case 'stored':
        await this.#tell(job, stored, written)
        return stored.goesOn ? { kind: 'again' } : PARKED
    }
  }

  /** Something happened to a workflow that waits: takes it in soon. Whatever goes wrong is made good by the duty that delivers it again. */
  deliver(id: string): void {
    const known = this.#waking.get(id)
    if (known) known.hasNews = true
    else this.#waking.set(id, { hasNews: false, done: this.#deliver(id) })
  }

  /** Resolves when nothing is under way that was to be delivered. */
  async settled(): Promise<void> {
    while (this.#waking.size > 0) await Promise.all([...this.#waking.values()].map(({ done }) => done))
  }

  async #load(workflow: string, executing: string | undefined): Promise<Checkpoint> {
    return toCheckpoint(await readEndedSteps(this.#options.db.pool, workflow), executing)
  }

  async #deliver(id: string): Promise<void> {
    const { db, queue, log } = this.#options
    // One turn gathers what ends together.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      do {
        const tag = await wakeWorkflow(db.pool, id)
        if (tag !== undefined) queue.tell({ ready: [tag], isScheduled: false }, [])
      } while (this.#hasNews(id))
    } catch (error) {
      log.warn({ err: error, workflow: id }, 'a workflow cannot be woken')
    } finally {
      this.#waking.delete(id)
    }
  }

  #hasNews(id: string): boolean {
    const known = this.#waking.get(id)
    const hasNews = known?.hasNews ?? false
    if (known) known.hasNews = false
    return hasNews
  }

  async #prepare(job: ClaimedJob, suspension: Suspension): Promise<Ask> {
    switch (suspension.mode) {
      case 'sequential':
      case 'parallel':
        return await this.#prepareTasks(job, suspension.steps)
      case 'sleep': {
        const afterMs = suspension.seconds * 1000
        const checkpoint = { key: suspension.key, kind: 'sleep', after_ms: afterMs } as const
        return { checkpoints: [checkpoint], jobs: [], change: { state: {}, after_ms: afterMs } }
      }
      case 'approval':
        return prepareApproval(suspension)
      case 'inline_checkpoint': {
        const { key, result, started_at: startedAt, duration_ms: durationMs } = suspension
        const { status, json } = readStepResult(key, result)
        const times = { started_at: startedAt ?? undefined, duration_ms: durationMs ?? undefined }
        return { checkpoints: [{ key, kind: 'step', status, result: json, ...times }], jobs: [], change: { state: {} } }
      }
    }
  }

  async #prepareTasks(job: ClaimedJob, tasks: readonly Task[]): Promise<Ask> {
    const made = await Promise.all(
      tasks.map(async (task) => ({ task, made: await makeTaskJob(this.#jobs, job, task) })),
    )
    const checkpoints = made.map(({ task, made: one }): NewCheckpoint => {
      const checkpoint = { key: task.key, kind: 'task', target: targetOf(task) } as const
      if (one.ok) return { ...checkpoint, child_id: one.job.id }
      return { ...checkpoint, status: 'failure', result: JSON.stringify({ error: one.error }) }
    })
    return { checkpoints, jobs: made.flatMap(({ made: one }) => (one.ok ? [one.job] : [])), change: { state: {} } }
  }

  /** One transaction: a task's job is there exactly if its checkpoint is. */
  async #store(
    job: ClaimedJob,
    { checkpoints, jobs, change }: Ask,
  ): Promise<{ readonly stored: Stored; readonly written: WrittenWithin | undefined }> {
    const { db, queue } = this.#options
    let written: WrittenWithin | undefined
    try {
      const stored = await inTransaction(db, async (client) => {
        const answer = await suspendWorkflow(client, job, checkpoints, change)
        if (answer.kind !== 'stored') return answer
        const fresh = jobs.filter(({ options }) => answer.added.has(options?.step?.module ?? ''))
        written = await queue.writeWithin(client, fresh)
        return answer
      })
      written?.ended('committed')
      return { stored, written }
    } catch (error) {
      written?.ended('unknown')
      throw error
    }
  }

  /** After the commit; a cancel that was asked for while the workflow was in hand is seen to. */
  async #tell({ id, workspaceId }: ClaimedJob, letGo: LetGo, written: WrittenWithin | undefined): Promise<void> {
    const { queue } = this.#options
    const ready = [...new Set([...letGo.ready, ...(written?.ready ?? [])])]
    queue.tell({ ready, isScheduled: letGo.isScheduled || (written?.isScheduled ?? false) }, [])
    if (letGo.cancel) await queue.requestCancel({ workspaceId, ids: [id], ...letGo.cancel })
  }
}

function prepareApproval({ key, timeout, form, skin, description, self_approval_disabled: noSelf }: Approval): Ask {
  const afterMs = (timeout ?? APPROVAL_TIMEOUT_S) * 1000
  const suspend = {
    required_events: 1,
    timeout: afterMs / 1000,
    ...(form !== undefined && form !== null && { resume_form: { schema: form } }),
    ...(noSelf === true && { self_approval_disabled: true }),
    ...(skin && { skin }),
    ...(description !== undefined && description !== null && { description }),
  }
  // Whoever lists what waits for people looks here.
  const state = { current: { module: key, phase: 'awaiting' } }
  return {
    checkpoints: [{ key, kind: 'approval', after_ms: afterMs }],
    jobs: [],
    change: { state, awaits: { [key]: { required: 1, suspend } }, after_ms: afterMs },
  }
}

function failed(message: string): Suspended {
  return { kind: 'failed', outcome: { status: 'failure', resultJson: errorResult('WorkflowError', message) } }
}

function clashMessage(keys: readonly string[]): string {
  const names = keys.map((key) => `"${key}"`).join(', ')
  return `The workflow has a checkpoint ${names} that stands for something else: the code must have changed, or asks for other steps at each run. Give the step another name, and keep what is not known beforehand in a step.`
}
