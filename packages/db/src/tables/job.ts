import { sql } from 'kysely'
import type { Queryable } from '../database.ts'
import { JOB_FIELDS, WHOLE_RESULT, type JobRow } from '../job-row.ts'

export type { JobRow } from '../job-row.ts'

/** With everything that may be large; `args` and `result` are JSON texts. */
export interface WholeJobRow extends JobRow {
  readonly raw_code: string | null
  readonly timeout_ms: number | null
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
    select ${JOB_FIELDS}, j.raw_code, j.timeout_ms, j.args::text as args, ${WHOLE_RESULT} as result
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
    select o.status, ${WHOLE_RESULT} as result from job_outcome o where o.id = ${id} and o.workspace_id = ${workspace}`.execute(
    db,
  )
  return rows[0]
}

/** How the result of a job that has ended is kept: as JSON text, or in so many pieces; undefined while it has not. */
export type KeptResult = { readonly status: string; readonly attempt: number } & (
  { readonly result: string | null; readonly pieces: null } | { readonly result: null; readonly pieces: number }
)

/** The end of a job without the pieces of a long result. */
export async function findKeptResult(db: Queryable, workspace: string, id: string): Promise<KeptResult | undefined> {
  const { rows } = await sql<KeptResult>`
    select status, attempt, result::text as result, result_pieces as pieces from job_outcome
    where id = ${id} and workspace_id = ${workspace}`.execute(db)
  return rows[0]
}

/** One piece of a long result, from 0 on. */
export async function readResultPiece(
  db: Queryable,
  workspace: string,
  { id, attempt, seq }: { readonly id: string; readonly attempt: number; readonly seq: number },
): Promise<string> {
  const { rows } = await sql<{ chunk: string }>`
    select chunk from job_result where job_id = ${id} and attempt = ${attempt} and seq = ${seq}
    and workspace_id = ${workspace}`.execute(db)
  return rows[0]?.chunk ?? ''
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

/** The newest job of a step that has ended. */
export async function findEndedStep(
  db: Queryable,
  workspace: string,
  { flow, node }: { readonly flow: string; readonly node: string },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select j.id from job j join job_outcome o on o.id = j.id
    where j.parent_job = ${flow} and j.flow_step_id = ${node} and j.workspace_id = ${workspace}
    order by j.id desc limit 1`.execute(db)
  return rows[0]?.id
}
