import { sql } from 'kysely'
import type { Queryable } from '../database.ts'
import { JOB_FIELDS, type JobRow } from '../job-row.ts'

export type { JobRow } from '../job-row.ts'

/** With everything that may be large; `args` and `result` are JSON texts. */
export interface WholeJobRow extends JobRow {
  readonly raw_code: string | null
  readonly args: string | null
  readonly result: string | null
}

/** The end of a job; `result` is JSON text, null for none. */
export interface OutcomeRow {
  readonly status: string
  readonly result: string | null
}

/** A job by id with its payloads, from one snapshot: it is never both in the queue and ended. */
export async function findJob(db: Queryable, workspace: string, id: string): Promise<WholeJobRow | undefined> {
  const { rows } = await sql<WholeJobRow>`
    select ${JOB_FIELDS}, j.raw_code, j.args::text as args, o.result::text as result
    from job j left join job_queue q on q.id = j.id left join job_outcome o on o.id = j.id
    left join worker w on w.id = q.worker_id left join job_cancel c on c.id = q.id
    where j.id = ${id} and j.workspace_id = ${workspace}`.execute(db)
  return rows[0]
}

/** A job by id without payloads. */
export async function findJobState(db: Queryable, workspace: string, id: string): Promise<JobRow | undefined> {
  const { rows } = await sql<JobRow>`
    select ${JOB_FIELDS}
    from job j left join job_queue q on q.id = j.id left join job_outcome o on o.id = j.id
    left join worker w on w.id = q.worker_id left join job_cancel c on c.id = q.id
    where j.id = ${id} and j.workspace_id = ${workspace}`.execute(db)
  return rows[0]
}

/** How a job ended; undefined while it has not. */
export async function findOutcome(db: Queryable, workspace: string, id: string): Promise<OutcomeRow | undefined> {
  const { rows } = await sql<OutcomeRow>`
    select status, result::text as result from job_outcome where id = ${id} and workspace_id = ${workspace}`.execute(db)
  return rows[0]
}

/** Arguments as JSON text; undefined when there is no such job. */
export async function findArgs(
  db: Queryable,
  workspace: string,
  id: string,
): Promise<{ args: string | null } | undefined> {
  const { rows } = await sql<{ args: string | null }>`
    select args::text as args from job where id = ${id} and workspace_id = ${workspace}`.execute(db)
  return rows[0]
}

/** Whom a running job acts for; undefined when it does not run. Looks in every workspace: its token says only the id. */
export async function findRunningJob(
  db: Queryable,
  id: string,
): Promise<{ workspace_id: string; email: string; created_by: string; permissioned_as: string } | undefined> {
  const { rows } = await sql<{ workspace_id: string; email: string; created_by: string; permissioned_as: string }>`
    select j.workspace_id, j.email, j.created_by, j.permissioned_as
    from job_queue q join job j on j.id = q.id where q.id = ${id} and q.state = 'running'`.execute(db)
  return rows[0]
}

/** Whether more than `limit` jobs of a tag are ready and wait for a worker. */
export async function isQueueLongerThan(
  db: Queryable,
  workspace: string,
  tag: string,
  limit: number,
): Promise<boolean> {
  const { rows } = await sql`
    select from job_queue where workspace_id = ${workspace} and tag = ${tag} and in_line and state = 'ready'
    limit 1 offset ${limit}`.execute(db)
  return rows.length > 0
}
