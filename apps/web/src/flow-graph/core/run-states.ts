import type { FlowStatus, FlowStatusModule, Job } from '@millrace/contracts'
import type { FlowStep, FlowTree, StepBody } from './flow-tree.ts'

/** What a step of a run is at: the words of runs, and that it was passed over. */
export type StepWord = 'waiting' | 'running' | 'suspended' | 'done' | 'failed' | 'cancelled' | 'skipped'

export interface StepState {
  /** Undefined where the run has not come, or never came. */
  readonly word: StepWord | undefined
  /** The job of the step, or of its newest run. */
  readonly jobId?: string | undefined
  /** Iterations of a loop, or branches that all run. */
  readonly rounds?: Rounds | undefined
  readonly branch?: StepBody['branch']
  /** Of an agent: what it did, in order. */
  readonly calls?: readonly AgentCall[]
  /** Jobs of runs that failed and were tried again. */
  readonly retriedJobs: readonly string[]
  readonly approvers: readonly string[]
  /** Events that are missing. */
  readonly missing?: number | undefined
  readonly durationMs?: number | undefined
  readonly startedAt?: string | undefined
}

/** A call that an agent made: of its model, or of a tool. */
export interface AgentCall {
  readonly job: string
  /** As the model calls it; undefined is the model. */
  readonly tool: string | undefined
  /** Undefined while it is not over. */
  readonly isGood: boolean | undefined
}

export interface Rounds {
  readonly jobs: readonly string[]
  readonly success: readonly (boolean | null)[]
  readonly durations: readonly (number | null)[]
  readonly done: number
  readonly failed: number
  /** Unknown for a loop that ends when a step says so. */
  readonly all: number | undefined
  /** Index of the one that the drawing shows. */
  readonly shown: number
}

/** How a job of the run went, of a list of all of them. */
export interface JobFact {
  readonly status: 'success' | 'failure' | 'canceled' | 'skipped' | 'suspended' | 'running' | 'queued'
  readonly started_at?: string | undefined
  readonly duration_ms?: number | undefined
}

/** What is known of a run. */
export interface KnownRun {
  readonly root: Pick<Job, 'id' | 'flow_status'>
  /** Jobs of loops and branches that were asked for, by id. */
  readonly frames: ReadonlyMap<string, Pick<Job, 'id' | 'flow_status'>>
  readonly facts: ReadonlyMap<string, JobFact>
  /** Which iteration of a loop is looked at, by the step's key. */
  readonly chosen: ReadonlyMap<string, number>
}

export interface RunStates {
  /** By the step's key. */
  readonly states: ReadonlyMap<string, StepState>
  /** Jobs of iterations and branches whose steps are on the drawing and that are not known yet, or known and on it. */
  readonly frames: readonly string[]
}

/** Lays what is known of a run on the drawing of its flow. */
export function readRunStates(tree: FlowTree, run: KnownRun): RunStates {
  const placing = new Placing(run)
  const { flow_status: status } = run.root
  if (status) {
    if (tree.preprocessor) placing.place(tree.preprocessor, status.preprocessor_module)
    placing.frame(tree.steps, status)
    if (tree.failure) placing.place(tree.failure, status.failure_module)
  }
  return { states: placing.states, frames: placing.frames }
}

class Placing {
  readonly states = new Map<string, StepState>()
  readonly frames: string[] = []
  readonly #run: KnownRun

  constructor(run: KnownRun) {
    this.#run = run
  }

  frame(steps: readonly FlowStep[], status: FlowStatus): void {
    for (const step of steps)
      this.place(
        step,
        status.modules.find(({ id }) => id === step.id),
      )
  }

  place(step: FlowStep, module: FlowStatusModule | undefined): void {
    if (!module) return
    const state = this.#stateOf(step, module)
    this.states.set(step.key, state)
    for (const body of step.bodies) {
      const frame = frameOf(body, state)
      if (frame !== undefined) this.#body(body.steps, frame)
    }
  }

  /** The steps of one iteration or branch; where its only step is plain, the job is the step itself. */
  #body(steps: readonly FlowStep[], id: string): void {
    this.frames.push(id)
    const frame = this.#run.frames.get(id)
    if (frame?.flow_status) return this.frame(steps, frame.flow_status)
    const [only, ...others] = steps
    if (!frame || !only || others.length > 0) return
    this.states.set(only.key, { word: this.#wordOfJob(id), jobId: id, ...this.#timesOf(id), ...NOTHING })
  }

  #stateOf(step: FlowStep, module: FlowStatusModule): StepState {
    const { job, branch_chosen: chosen, failed_retries: retried, approvers, count } = module
    const rounds = this.#roundsOf(step, module)
    const branch = chosen?.type === 'default' ? 'default' : chosen?.branch
    return {
      word: this.#wordOf(module),
      // What waits for answers has not begun: the job that is told is the one before it.
      jobId: module.type === 'WaitingForEvents' ? undefined : job,
      retriedJobs: retried ?? [],
      approvers: approvers?.map(({ approver }) => approver) ?? [],
      ...(rounds && { rounds }),
      ...(branch !== undefined && { branch }),
      ...(count !== undefined && { missing: count }),
      ...(module.agent_actions && { calls: callsOf(module) }),
      ...(rounds ? spanOf(module) : this.#timesOf(module.type === 'WaitingForEvents' ? undefined : job)),
    }
  }

  #wordOf({ type, job, skipped }: FlowStatusModule): StepWord | undefined {
    const isCancelled = job !== undefined && this.#run.facts.get(job)?.status === 'canceled'
    switch (type) {
      case 'WaitingForPriorSteps':
        return undefined
      case 'WaitingForEvents':
        return 'suspended'
      case 'WaitingForExecutor':
        return 'waiting'
      case 'InProgress':
        return 'running'
      case 'Success':
        return skipped === true ? 'skipped' : 'done'
      case 'Failure':
        return isCancelled ? 'cancelled' : 'failed'
    }
  }

  #wordOfJob(id: string): StepWord | undefined {
    const fact = this.#run.facts.get(id)
    return fact && WORDS[fact.status]
  }

  #timesOf(job: string | undefined): Pick<StepState, 'startedAt' | 'durationMs'> {
    const fact = job === undefined ? undefined : this.#run.facts.get(job)
    return { startedAt: fact?.started_at, durationMs: fact?.duration_ms }
  }

  #roundsOf(step: FlowStep, module: FlowStatusModule): Rounds | undefined {
    const { flow_jobs: jobs, flow_jobs_success: success = [], flow_jobs_duration: times, iterator, branchall } = module
    if (!jobs) return undefined
    const isOver = module.type === 'Success' || module.type === 'Failure'
    const all = module.while_loop && !isOver ? undefined : (iterator?.itered_len ?? branchall?.len ?? jobs.length)
    const wished = this.#run.chosen.get(step.key)
    return {
      jobs,
      success,
      durations: times?.duration_ms ?? [],
      done: success.filter((each) => each !== null).length,
      failed: success.filter((each) => each === false).length,
      all,
      shown: wished !== undefined && wished < jobs.length ? wished : telling(success),
    }
  }
}

const NOTHING = { retriedJobs: [], approvers: [] } as const

const WORDS: Readonly<Record<JobFact['status'], StepWord>> = {
  success: 'done',
  failure: 'failed',
  canceled: 'cancelled',
  skipped: 'skipped',
  suspended: 'suspended',
  running: 'running',
  queued: 'waiting',
}

/** The iteration that says most: the first that failed, else the first that goes on, else the last. */
function telling(success: readonly (boolean | null)[]): number {
  const failed = success.indexOf(false)
  if (failed >= 0) return failed
  const open = success.indexOf(null)
  return open >= 0 ? open : Math.max(0, success.length - 1)
}

function frameOf({ branch }: StepBody, { rounds, jobId, branch: chosen }: StepState): string | undefined {
  if (branch === undefined) return rounds?.jobs[rounds.shown]
  if (rounds) return typeof branch === 'number' ? rounds.jobs[branch] : undefined
  return branch === chosen ? jobId : undefined
}

/** From the first start of an iteration to the last end, once all have ended. */
function callsOf({
  agent_actions: actions = [],
  agent_actions_success: success = [],
}: FlowStatusModule): readonly AgentCall[] {
  return actions.map((action, nth) => ({
    job: action.job_id,
    tool: action.type === 'message' ? undefined : action.function_name,
    isGood: success[nth],
  }))
}

function spanOf({ flow_jobs_duration: times }: FlowStatusModule): Pick<StepState, 'startedAt' | 'durationMs'> {
  const starts = (times?.started_at ?? []).flatMap((at, index) => {
    const duration = times?.duration_ms[index]
    return at === null
      ? []
      : [
          {
            from: Date.parse(at),
            to: duration === null || duration === undefined ? undefined : Date.parse(at) + duration,
          },
        ]
  })
  if (starts.length === 0) return {}
  const from = Math.min(...starts.map((each) => each.from))
  const ends = starts.flatMap(({ to }) => to ?? [])
  const startedAt = new Date(from).toISOString()
  return ends.length < (times?.started_at.length ?? 0)
    ? { startedAt }
    : { startedAt, durationMs: Math.max(...ends) - from }
}
