import type { Connection } from '@millrace/db'
import { recountTimes } from './recount-times.ts'

/** Jobs of one statement: their days are known when it is planned. */
const CHUNK = 500

// Not what a run that goes on may still read: the steps of flows and the tasks of workflows.
const ENDED = `
delete from job_outcome o where o.id = any ($1::uuid[]) and o.workspace_id = $2 and not exists (
  select from job j join job_queue q on q.id in (j.parent_job, j.root_job) where j.id = o.id and j.id = any ($1::uuid[]))
returning o.id`

const KEPT = `
with asked as (
  delete from job where id = any ($1::uuid[])
), logged as (
  delete from job_log where job_id = any ($1::uuid[])
), whole as (
  delete from job_result where job_id = any ($1::uuid[])
), streamed as (
  delete from job_stream where job_id = any ($1::uuid[])
), replayed as (
  delete from workflow_checkpoint where job_id = any ($1::uuid[])
), past as (
  delete from flow_past where id = any ($1::uuid[])
)
delete from job_erasure where id = any ($1::uuid[])`

/** Forgets jobs of a workspace that have ended, with all that is kept of them; those that were there. In a transaction of the caller. */
export async function deleteJobs(
  connection: Connection,
  workspaceId: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const gone: string[] = []
  for (let at = 0; at < ids.length; at += CHUNK) {
    const { rows } = await connection.query<{ id: string }>(ENDED, [ids.slice(at, at + CHUNK), workspaceId])
    const ended = rows.map((row) => row.id)
    if (ended.length > 0) await connection.query(KEPT, [ended])
    gone.push(...ended)
  }
  await recountTimes(connection, gone)
  return gone
}
