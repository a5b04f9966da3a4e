import type { Database } from '@millrace/db'
import type { Completed, Completion } from './complete.ts'
import { letIn } from './let-in.ts'

/** A run that failed and is to be tried again in `retryInMs`. */
export interface Retry extends Completion {
  readonly retryInMs: number
}

// The rows are read before they change: the slot of a concurrency key is given back for the start that they had.
const RETRY = `
with input as (
  select * from unnest($2::uuid[], $3::smallint[], $4::bigint[], $5::int[], $6::int[], $7::text[])
  as t(id, attempt, retry_in_ms, log_seq, log_starts_at, log_text)
), held as materialized (
  select q.id, q.workspace_id, q.started_at, q.concurrency_key, i.retry_in_ms, i.log_seq, i.log_starts_at, i.log_text
  from input i join job_queue q on q.id = i.id and q.attempt = i.attempt and (q.worker_id = $1) is true and q.state = 'running'
  for update of q
), back as (
  update job_queue q set state = 'scheduled', worker_id = null, started_at = null, failures = q.failures + 1,
    due_at = clock_timestamp() + h.retry_in_ms * interval '1 millisecond'
  from held h where q.id = h.id
  returning q.id, h.started_at, h.concurrency_key
), logged as (
  insert into job_log (job_id, seq, workspace_id, starts_at, chunk)
  select id, log_seq, workspace_id, log_starts_at, log_text from held where log_text is not null
  on conflict do nothing
), let_in as (${letIn('back')})
select id, null as tag from back
union all select null, tag from let_in`

/** Puts failed runs back to wait for their next attempt (Q28), where their fence holds. */
export async function retryJobs(
  db: Database,
  worker: { readonly id: string },
  retries: readonly Retry[],
): Promise<Completed> {
  const { rows } = await db.pool.query<{ id: string | null; tag: string | null }>({
    name: 'retry',
    text: RETRY,
    values: [
      worker.id,
      retries.map(({ job }) => job.id),
      retries.map(({ job }) => job.attempt),
      retries.map(({ retryInMs }) => retryInMs),
      retries.map(({ outcome }) => outcome.finalLog?.seq ?? null),
      retries.map(({ outcome }) => outcome.finalLog?.startsAt ?? null),
      retries.map(({ outcome }) => outcome.finalLog?.text ?? null),
    ],
  })
  const written = new Set(rows.flatMap((row) => row.id ?? []))
  return {
    written,
    ready: [...new Set(rows.flatMap((row) => row.tag ?? []))],
    isScheduled: written.size > 0,
  }
}
