import type { Connection } from '@millrace/db'
import { recountTimes } from './recount-times.ts'

// Not what a run that goes on may still read: the steps of flows and the tasks of workflows.
const DELETE = `
with ended as (
  delete from job_outcome o where o.id = any ($1::uuid[]) and o.workspace_id = $2 and not exists (
    select from job j join job_queue q on q.id in (j.parent_job, j.root_job) where j.id = o.id)
  returning o.id
), asked as (
  delete from job where id in (select id from ended)
), logged as (
  delete from job_log where job_id in (select id from ended)
), whole as (
  delete from job_result where job_id in (select id from ended)
), streamed as (
  delete from job_stream where job_id in (select id from ended)
), kept as (
  delete from workflow_checkpoint where job_id in (select id from ended)
), past as (
  delete from flow_past where id in (select id from ended)
), due as (
  delete from job_erasure where id in (select id from ended)
)
select id from ended`

/** Forgets jobs of a workspace that have ended, with all that is kept of them; those that were there. In a transaction of the caller. */
export async function deleteJobs(
  connection: Connection,
  workspaceId: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await connection.query<{ id: string }>(DELETE, [ids, workspaceId])
  const gone = rows.map((row) => row.id)
  await recountTimes(connection, gone)
  return gone
}
