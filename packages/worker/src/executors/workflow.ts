import type { Checkpoint, Workflows } from '@millrace/flow'
import { errorResult, type ClaimedJob, type Outcome, type RunContext, type RunEnd } from '@millrace/queue'

/** What running workflows takes. */
export interface WorkflowTools {
  readonly workflows: Workflows
}

/** A run of a script's code: it is over, or its workflow waits for what the JSON says. */
export type RoundEnd = Outcome | { readonly status: 'suspended'; readonly json: string }

/** What a run of a workflow's code begins with. */
export interface Round {
  readonly job: ClaimedJob
  readonly checkpoint: Checkpoint
}

/** Runs a script that may be a workflow: its code from what is over to where it waits, again and again until it is over or lets go. */
export async function runWorkflow(
  { workflows }: WorkflowTools,
  { job, context }: { readonly job: ClaimedJob; readonly context: RunContext },
  run: (round: Round) => Promise<RoundEnd>,
): Promise<RunEnd> {
  for (;;) {
    const opened = await workflows.open(job)
    if (opened.kind === 'parked') return { status: 'parked' }
    const { checkpoint, argsJson = job.argsJson } = opened
    const end = await run({ job: { ...job, argsJson }, checkpoint })
    if (end.status !== 'suspended') return end
    // Whoever has let go of a job may not add to its log any more.
    await context.log.finish()
    const suspended = await workflows.suspend(job, end.json)
    if (suspended.kind === 'parked') return { status: 'parked' }
    if (suspended.kind === 'failed') return suspended.outcome
  }
}

/** The end of a script that is no workflow. */
export function overWith(end: RoundEnd): Outcome {
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
