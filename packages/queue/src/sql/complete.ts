import type { Through } from '@millrace/db'
import { hasSequel, type ClaimedJob, type Outcome } from '../job.ts'
import { columns } from './columns.ts'
import { letIn } from './let-in.ts'
import { sequel } from './sequel.ts'

/** A run and how it ended. */
export interface Completion {
  readonly job: ClaimedJob
  readonly outcome: Outcome
}

/** What is written of a run, in the order of the parameters after the worker's id and name. */
const COLUMNS = {
  id: 'uuid',
  attempt: 'smallint',
  status: 'text',
  result: 'text',
  memory_peak_bytes: 'bigint',
  cpu_ms: 'bigint',
  canceled_by: 'text',
  canceled_reason: 'text',
  log_seq: 'int',
  log_starts_at: 'int',
  log_text: 'text',
  result_pieces: 'int',
  result_bytes: 'bigint',
  log_bytes: 'bigint',
  ahead_ms: 'int',
}

/** Which of the statements it is: for one run or many; for runs that leave nothing but an outcome, or any. */
interface Shape {
  readonly isOne: boolean
  readonly isPlain: boolean
}

// Finds the rows by primary key and lets only the holder of the fence pass (Q7); the rest of what a run leaves (outcome and the end of its
// log) follows from the rows that were deleted, so a stale worker writes nothing at all. PostgreSQL readies all of a statement's parts
// each time, so that the parts that do nothing are most of what a single plain run would cost: those go without them, by a statement
// that leaves all other rows alone.
function statement({ isOne, isPlain }: Shape): string {
  const fields = Object.entries(COLUMNS).map(([name, type], nth) => ({ name, type, parameter: `$${nth + 3}` }))
  const input = isOne
    ? `select ${fields.map(({ name, type, parameter }) => `${parameter}::${type} as ${name}`).join(', ')}`
    : `select * from unnest(${fields.map(({ type, parameter }) => `${parameter}::${type}[]`).join(', ')})
  as t(${fields.map(({ name }) => name).join(', ')})`
  return `
with input as (${input}
), done as (
  delete from job_queue q using input i
  where q.id = i.id and q.attempt = i.attempt and (q.worker_id = $1) is true and q.state = 'running'
    ${isPlain ? 'and q.concurrency_key is null and not q.has_sequel' : ''}
  returning q.workspace_id, q.started_at + coalesce(i.ahead_ms, 0) * interval '1 millisecond' as started_at, q.due_at, q.concurrency_key, q.has_sequel, i.*
), written as (
  insert into job_outcome (id, workspace_id, status, result, started_at, finished_at, duration_ms, wait_ms, attempt, worker,
    memory_peak_bytes, cpu_ms, canceled_by, canceled_reason, result_pieces, result_bytes, log_bytes)
  select id, workspace_id, status, result::json, started_at, clock_timestamp(),
    greatest(0, extract(epoch from clock_timestamp() - started_at) * 1000)::bigint,
    greatest(0, extract(epoch from started_at - due_at) * 1000)::bigint, attempt, $2, memory_peak_bytes, cpu_ms, canceled_by,
    canceled_reason, result_pieces, result_bytes, log_bytes
  from done
  returning id
)${isPlain ? '' : FOLLOWING}
select id, null as tag, null::boolean as has_restarted from written
${isPlain ? '' : ENDS}`
}

const FOLLOWING = `, logged as (
  insert into job_log (job_id, seq, workspace_id, starts_at, chunk)
  select id, log_seq, workspace_id, log_starts_at, log_text from done where log_text is not null
  on conflict do nothing
), let_in as (${letIn('done')}
), sequel as (${sequel('done')})`

const ENDS = `
union all select null, tag, null::boolean from let_in
union all select null, null, has_restarted from sequel`

const SINGLE = { name: 'complete one', text: statement({ isOne: true, isPlain: false }) }
const SINGLE_PLAIN = { name: 'complete one plain', text: statement({ isOne: true, isPlain: true }) }
const MANY = { name: 'complete', text: statement({ isOne: false, isPlain: false }) }

/** What became of a batch. */
export interface Completed {
  /** Ids whose fence held. */
  readonly written: ReadonlySet<string>
  /** Tags of blocked jobs that may run now. */
  readonly ready: readonly string[]
  /** Whether there are jobs that wait for a time now. */
  readonly isScheduled: boolean
}

const NOTHING: Completed = { written: new Set(), ready: [], isScheduled: false }

/** Writes the outcomes whose fence holds, and hands their concurrency slots on; what is missing was no longer this worker's. */
export async function completeJobs(
  db: Through,
  worker: { readonly id: string; readonly name: string },
  completions: readonly Completion[],
): Promise<Completed> {
  const [only, ...others] = completions
  if (!only) return NOTHING
  const completed = { db, worker, completions }
  if (others.length > 0) return await write(MANY, completed)
  const plain = isPlain(only) ? await write(SINGLE_PLAIN, completed) : NOTHING
  return plain.written.size > 0 ? plain : await write(SINGLE, completed)
}

/** Whether an outcome is likely to be all that the run leaves. A script that became a workflow while it ran is not known here. */
function isPlain({ job, outcome }: Completion): boolean {
  return outcome.finalLog === undefined && job.options.concurrency === undefined && !hasSequel(job)
}

interface Writing {
  readonly db: Through
  readonly worker: { readonly id: string; readonly name: string }
  readonly completions: readonly Completion[]
}

async function write(shape: typeof MANY, { db, worker, completions }: Writing): Promise<Completed> {
  const rows = completions.map(toRow)
  const values = shape === MANY ? columns(rows) : (rows[0] ?? [])
  const answer = await db.pool.query<{ id: string | null; tag: string | null; has_restarted: boolean | null }>({
    ...shape,
    values: [worker.id, worker.name, ...values],
  })
  return {
    written: new Set(answer.rows.flatMap((row) => row.id ?? [])),
    ready: [...new Set(answer.rows.flatMap((row) => row.tag ?? []))],
    isScheduled: answer.rows.some((row) => row.has_restarted),
  }
}

/** In the order of `COLUMNS`. */
function toRow({ job, outcome }: Completion): readonly unknown[] {
  return [
    job.id,
    job.attempt,
    outcome.status,
    outcome.resultJson,
    outcome.memoryPeakBytes,
    outcome.cpuMs,
    outcome.canceledBy,
    outcome.canceledReason,
    outcome.finalLog?.seq,
    outcome.finalLog?.startsAt,
    outcome.finalLog?.text,
    outcome.resultPieces,
    outcome.resultBytes,
    outcome.logBytes,
    outcome.aheadMs,
  ]
}
