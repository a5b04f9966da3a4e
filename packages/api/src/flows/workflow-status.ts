import type { WorkflowStatus, WorkflowStep } from '@millrace/contracts'
import type { WorkspaceTransaction } from '@millrace/db'
import type { JobRow } from '@millrace/db/tables/job'
import { listWorkflowSteps, type WorkflowStepRow } from '@millrace/db/tables/workflow-checkpoint'
import { SCRIPT_KINDS } from './workflow-approval.ts'

/** Steps that are told one by one. */
const STEPS_MAX = 1000
/** What a task runs that is a function of the workflow. */
const FUNCTION = 'function'

/** How far a workflow as code is; nothing for jobs that have come to no step. */
export async function loadWorkflowStatus(
  tx: WorkspaceTransaction,
  job: Pick<JobRow, 'id' | 'kind' | 'workspace_id'>,
): Promise<{ readonly workflow_as_code_status?: WorkflowStatus }> {
  if (!SCRIPT_KINDS.has(job.kind)) return {}
  const steps = await listWorkflowSteps(tx, job.workspace_id, { job: job.id, limit: STEPS_MAX })
  if (steps.length === 0) return {}
  const told = steps.map(({ key, asked_at: asked, started_at: started, duration_ms: durationMs }) => [
    key,
    {
      name: key,
      scheduled_for: asked.toISOString(),
      ...(started && { started_at: started.toISOString() }),
      ...(durationMs !== null && { duration_ms: durationMs }),
    },
  ])
  return { workflow_as_code_status: Object.fromEntries(told) }
}

/** The steps of a workflow as code, as its page shows them. */
export async function loadWorkflowSteps(
  tx: WorkspaceTransaction,
  workspace: string,
  job: string,
): Promise<WorkflowStep[]> {
  return (await listWorkflowSteps(tx, workspace, { job, limit: STEPS_MAX })).map(toWorkflowStep)
}

function toWorkflowStep(row: WorkflowStepRow): WorkflowStep {
  const { key, kind, child_id: jobId, target, result } = row
  return {
    key,
    kind,
    status: statusOf(row),
    ...(jobId !== null && { job_id: jobId }),
    ...(target !== null && target !== FUNCTION && { target }),
    scheduled_for: row.asked_at.toISOString(),
    ...(row.started_at && { started_at: row.started_at.toISOString() }),
    ...(row.duration_ms !== null && { duration_ms: row.duration_ms }),
    ...(row.due_at && { due_at: row.due_at.toISOString() }),
    ...(result !== null && { result: JSON.parse(result) as unknown }),
  }
}

function statusOf({ status, kind, runs }: WorkflowStepRow): WorkflowStep['status'] {
  if (status !== null) return status
  if (kind === 'approval') return 'suspended'
  return runs ? 'running' : 'waiting'
}
