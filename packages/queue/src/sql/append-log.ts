import type { Database } from '@millrace/db'
import type { LogChunk } from '../job.ts'

/** Where texts of jobs that grow while they run are kept. */
export type GrowingText = 'job_log' | 'job_stream'

// Appends only for jobs this worker still holds: a late worker adds no line to a job that somebody else runs.
const append = (table: GrowingText) => `
insert into ${table} (job_id, seq, workspace_id, starts_at, chunk)
select t.job_id, t.seq, t.workspace_id, t.starts_at, t.chunk
from unnest($2::uuid[], $3::int[], $4::text[], $5::int[], $6::text[]) as t(job_id, seq, workspace_id, starts_at, chunk)
join job_queue q on q.id = t.job_id and q.worker_id = $1
on conflict do nothing`

/** Appends pieces of logs, or of results, of jobs that the worker holds. */
export async function appendLogs(
  db: Database,
  table: GrowingText,
  workerId: string,
  chunks: readonly LogChunk[],
): Promise<void> {
  await db.pool.query({
    name: `append-${table}`,
    text: append(table),
    values: [
      workerId,
      chunks.map((chunk) => chunk.jobId),
      chunks.map((chunk) => chunk.seq),
      chunks.map((chunk) => chunk.workspaceId),
      chunks.map((chunk) => chunk.startsAt),
      chunks.map((chunk) => chunk.text),
    ],
  })
}

/** Where a further attempt's log goes on: after what earlier attempts wrote. */
export async function logEnd(
  db: Database,
  table: GrowingText,
  jobId: string,
): Promise<{ readonly seq: number; readonly startsAt: number }> {
  const { rows } = await db.pool.query<{ seq: number; ends_at: number; chunk: string; starts_at: number }>({
    name: `end-of-${table}`,
    text: `select seq, starts_at, chunk from ${table} where job_id = $1 order by seq desc limit 1`,
    values: [jobId],
  })
  const last = rows[0]
  return last ? { seq: last.seq + 1, startsAt: last.starts_at + last.chunk.length } : { seq: 0, startsAt: 0 }
}
