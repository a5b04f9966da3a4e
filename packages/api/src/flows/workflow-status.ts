import type { WorkflowStatus } from '@millrace/contracts'
import type { WorkspaceTransaction } from '@millrace/db'
import type { JobRow } from '@millrace/db/tables/job'
import { listWorkflowSteps } from '@millrace/db/tables/workflow-checkpoint'
import { SCRIPT_KINDS } from './workflow-approval.ts'

/** Steps that are told one by one. */
const STEPS_MAX = 1000

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
