import { sleep } from '@millrace/base/time'
import type { Checkpoint, Workflows } from '@millrace/flow'
import { errorResult, type ClaimedJob, type Outcome, type RunContext, type RunEnd, type Unbegun } from '@millrace/queue'

/** What running workflows takes. */
export interface WorkflowTools {
  readonly workflows: Workflows
}

const PARKED: RunEnd = { status: 'parked' }
/** Whoever told the run to stop says what becomes of it. */
const ENDED: Outcome = {
  status: 'failure',
  resultJson: errorResult('Canceled', 'the job was ended before it was over'),
}

/** A run of a script's code: it is over, or its workflow waits for what the JSON says. */
export type RoundEnd = Outcome | Unbegun | { readonly status: 'suspended'; readonly json: string }

/** What a run of a workflow's code begins with. */
export interface Round {
  readonly job: ClaimedJob
  readonly checkpoint: Checkpoint
  /** Keeps what an inline step gave, as its process said it; the answer for that process, or undefined: it is not kept. */
  onStep(json: string): Promise<string | undefined>
}

/** Runs a script that may be a workflow: its code from what is over to where it waits, again and again until it is over or lets go. */
export async function runWorkflow(
  { workflows }: WorkflowTools,
  { job, context }: { readonly job: ClaimedJob; readonly context: RunContext },
  run: (round: Round) => Promise<RoundEnd>,
): Promise<RunEnd> {
  const onStep = (json: string) => untilAnswered(context.signal, () => workflows.keep(job, json))
  for (;;) {
    const opened = await untilAnswered(context.signal, () => workflows.open(job))
    if (!opened) return ENDED
    if (opened.kind === 'parked') return PARKED
    const { checkpoint, argsJson = job.argsJson } = opened
    const end = await run({ job: { ...job, argsJson }, checkpoint, onStep })
    if (end.status !== 'suspended') return end
    // Whoever has let go of a job may not add to its log any more.
    await context.log.finish()
    const suspended = await untilAnswered(context.signal, () => workflows.suspend(job, end.json))
    if (!suspended) return ENDED
    if (suspended.kind === 'parked') return PARKED
    if (suspended.kind === 'failed') return suspended.outcome
  }
}

/** A database that is away fails no workflow: what was asked of it may be asked again. Undefined: the run was told to stop. */
async function untilAnswered<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  for (let delay = 50; !signal.aborted; delay = Math.min(delay * 2, 2000)) {
    try {
      return await work()
    } catch (error) {
      if (!isOfTheWorld(error)) throw error
      await sleep(delay, signal)
    }
  }
  return undefined
}

/** A connection that broke, a deadlock, a server that stops; errors of a kind of their own are bugs. */
function isOfTheWorld(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('severity' in error) return 'code' in error && /^(?:08|40|53|55|57|58)/.test(String(error.code))
  return 'code' in error || error.constructor === Error
}

/** The end of a script that is no workflow. */
export function overWith(end: RoundEnd): Outcome | Unbegun {
  if (end.status !== 'suspended') return end
  const message = 'The script said that it waits, which only a workflow can: do not write to descriptor 3.'
  return { status: 'failure', resultJson: errorResult('ExecutionErr', message) }
}

/** The job as its result is kept for others: a function of a workflow is told by its name and the workflow's arguments. */
export async function taskCacheJob({ workflows }: WorkflowTools, job: ClaimedJob): Promise<ClaimedJob> {
  const { cacheTtlS, step } = job.options
  if (cacheTtlS === undefined || step?.task !== 'function' || job.parentJob === undefined) return job
  const args: unknown = JSON.parse((await workflows.argsOf(job.parentJob)) ?? '{}')
  return { ...job, argsJson: JSON.stringify({ step: step.module, args }) }
}
