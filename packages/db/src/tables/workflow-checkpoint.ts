import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** A step of a workflow as code, as people see it. */
export interface WorkflowStepRow {
  readonly key: string
  readonly asked_at: Date
  readonly started_at: Date | null
  readonly duration_ms: number | null
}

/** The steps that a workflow has come to, the first ones first; a step that runs has no duration. */
export async function listWorkflowSteps(
  db: Queryable,
  workspace: string,
  { job, limit }: { readonly job: string; readonly limit: number },
): Promise<readonly WorkflowStepRow[]> {
  const { rows } = await sql<WorkflowStepRow>`
    select c.key, coalesce(case c.kind when 'step' then c.started_at end, c.asked_at) as asked_at,
      coalesce(c.started_at, q.started_at) as started_at, c.duration_ms::float8 as duration_ms
    from workflow_checkpoint c left join job_queue q on q.id = c.child_id and c.status is null
    where c.workspace_id = ${workspace} and c.job_id = ${job}
    order by c.asked_at, c.key limit ${limit}`.execute(db)
  return rows
}
