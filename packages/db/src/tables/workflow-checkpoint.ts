import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** A step of a workflow as code, as people see it. */
export interface WorkflowStepRow {
  readonly key: string
  readonly kind: 'step' | 'task' | 'sleep' | 'approval'
  readonly status: 'success' | 'failure' | 'canceled' | 'skipped' | null
  readonly child_id: string | null
  readonly target: string | null
  /** Whether its job has begun and not ended. */
  readonly runs: boolean
  readonly asked_at: Date
  readonly started_at: Date | null
  readonly duration_ms: number | null
  readonly due_at: Date | null
  /** JSON text; null where its job has it, or it is longer than is told here. */
  readonly result: string | null
}

const CHARACTERS_MAX = 4000

/** The steps that a workflow has come to, the first ones first; a step that runs has no duration. */
export async function listWorkflowSteps(
  db: Queryable,
  workspace: string,
  { job, limit }: { readonly job: string; readonly limit: number },
): Promise<readonly WorkflowStepRow[]> {
  const { rows } = await sql<WorkflowStepRow>`
    select c.key, c.kind, c.status, c.child_id, c.target, coalesce(q.state in ('running', 'suspended'), false) as runs, coalesce(case c.kind when 'step' then c.started_at end, c.asked_at) as asked_at,
      coalesce(c.started_at, q.started_at) as started_at, c.duration_ms::float8 as duration_ms, c.due_at,
      case when length(c.result) <= ${CHARACTERS_MAX} then c.result end as result
    from workflow_checkpoint c left join job_queue q on q.id = c.child_id and c.status is null
    where c.workspace_id = ${workspace} and c.job_id = ${job}
    order by c.asked_at, c.key limit ${limit}`.execute(db)
  return rows
}
