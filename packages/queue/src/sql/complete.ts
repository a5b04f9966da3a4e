import type { Through } from '@millrace/db'
import type { ClaimedJob, Outcome } from '../job.ts'
import { letIn } from './let-in.ts'
import { sequel } from './sequel.ts'

/** A run and how it ended. */
export interface Completion {
  readonly job: ClaimedJob
  readonly outcome: Outcome
}

// Finds the rows by primary key and lets only the holder of the fence pass (Q7); the rest of what a run leaves (outcome and the end of its
// log) follows from the rows that were deleted, so a stale worker writes nothing at all.
const COMPLETE = `
with input as (
  select * from unnest($2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::text[],
    $10::int[], $11::int[], $12::text[], $14::int[], $15::bigint[], $16::bigint[], $17::int[])
  as t(id, attempt, status, result, memory_peak_bytes, cpu_ms, canceled_by, canceled_reason, log_seq, log_starts_at, log_text,
    result_pieces, result_bytes, log_bytes, ahead_ms)
), done as (
  delete from job_queue q using input i
  where q.id = i.id and q.attempt = i.attempt and (q.worker_id = $1) is true and q.state = 'running'
  returning q.workspace_id, q.started_at + coalesce(i.ahead_ms, 0) * interval '1 millisecond' as started_at, q.due_at, q.concurrency_key, q.has_sequel, i.*
), logged as (
  insert into job_log (job_id, seq, workspace_id, starts_at, chunk)
  select id, log_seq, workspace_id, log_starts_at, log_text from done where log_text is not null
  on conflict do nothing
), written as (
  insert into job_outcome (id, workspace_id, status, result, started_at, finished_at, duration_ms, wait_ms, attempt, worker,
    memory_peak_bytes, cpu_ms, canceled_by, canceled_reason, result_pieces, result_bytes, log_bytes)
  select id, workspace_id, status, result::json, started_at, clock_timestamp(),
    greatest(0, extract(epoch from clock_timestamp() - started_at) * 1000)::bigint,
    greatest(0, extract(epoch from started_at - due_at) * 1000)::bigint, attempt, $13, memory_peak_bytes, cpu_ms, canceled_by,
    canceled_reason, result_pieces, result_bytes, log_bytes
  from done
  returning id
), let_in as (${letIn('done')}
), sequel as (${sequel('done')})
select id, null as tag, null::boolean as has_restarted from written
union all select null, tag, null::boolean from let_in
union all select null, null, has_restarted from sequel`

/** What became of a batch. */
export interface Completed {
  /** Ids whose fence held. */
  readonly written: ReadonlySet<string>
  /** Tags of blocked jobs that may run now. */
  readonly ready: readonly string[]
  /** Whether there are jobs that wait for a time now. */
  readonly isScheduled: boolean
}

/** Writes the outcomes whose fence holds, and hands their concurrency slots on; what is missing was no longer this worker's. */
export async function completeJobs(
  db: Through,
  worker: { readonly id: string; readonly name: string },
  completions: readonly Completion[],
): Promise<Completed> {
  // A column that says nothing of any job is null instead of an array: `unnest` fills it up.
  const column = <T>(read: (completion: Completion) => T) => {
    const values = completions.map((completion) => read(completion) ?? null)
    return values.every((value) => value === null) ? null : values
  }
  const { rows } = await db.pool.query<{ id: string | null; tag: string | null; has_restarted: boolean | null }>({
    name: 'complete',
    text: COMPLETE,
    values: [
      worker.id,
      column(({ job }) => job.id),
      column(({ job }) => job.attempt),
      column(({ outcome }) => outcome.status),
      column(({ outcome }) => outcome.resultJson),
      column(({ outcome }) => outcome.memoryPeakBytes),
      column(({ outcome }) => outcome.cpuMs),
      column(({ outcome }) => outcome.canceledBy),
      column(({ outcome }) => outcome.canceledReason),
      column(({ outcome }) => outcome.finalLog?.seq),
      column(({ outcome }) => outcome.finalLog?.startsAt),
      column(({ outcome }) => outcome.finalLog?.text),
      worker.name,
      column(({ outcome }) => outcome.resultPieces),
      column(({ outcome }) => outcome.resultBytes),
      column(({ outcome }) => outcome.logBytes),
      column(({ outcome }) => outcome.aheadMs),
    ],
  })
  return {
    written: new Set(rows.flatMap((row) => row.id ?? [])),
    ready: [...new Set(rows.flatMap((row) => row.tag ?? []))],
    isScheduled: rows.some((row) => row.has_restarted),
  }
}
