import type { Connection } from '@millrace/db'
import type { Outcome } from '../job.ts'
import { letIn } from './let-in.ts'
import { sequel } from './sequel.ts'

/** How a job ends that no fence holds: whoever says so has locked its row. */
export interface JobEnd extends Pick<Outcome, 'status' | 'resultJson' | 'resultPieces' | 'resultBytes'> {
  readonly id: string
  readonly startedAt: Date
  readonly waitMs: number
}

// A job that is suspended or waits for a time holds no slot of its key.
const END = `
with gone as (
  delete from job_queue q where q.id = $1
  returning q.id, q.workspace_id, q.has_sequel, q.started_at, $2::text as status,
    case when q.in_line then q.concurrency_key end as concurrency_key
), written as (
  insert into job_outcome (id, workspace_id, status, result, started_at, finished_at, duration_ms, wait_ms, attempt, result_pieces,
    result_bytes)
  select id, workspace_id, status, $3::json, $4, clock_timestamp(),
    greatest(0, extract(epoch from clock_timestamp() - $4::timestamptz) * 1000)::bigint, $5, 1, $6, $7
  from gone
  returning id
), let_in as (${letIn('gone')}
), sequel as (${sequel('gone')})
select id, null as tag, null::boolean as has_restarted from written
union all select null, tag, null::boolean from let_in
union all select null, null, has_restarted from sequel`

/** What came of it; undefined where the job had ended before. */
export interface JobEnded {
  /** Tags of blocked jobs that may run now. */
  readonly ready: readonly string[]
  /** Whether there are jobs that wait for a time now. */
  readonly isScheduled: boolean
}

/** Ends a job in a transaction of the caller. */
export async function endJob(connection: Connection, end: JobEnd): Promise<JobEnded | undefined> {
  const { rows } = await connection.query<{ id: string | null; tag: string | null; has_restarted: boolean | null }>({
    name: 'end-job',
    text: END,
    values: [
      end.id,
      end.status,
      end.resultJson,
      end.startedAt.toISOString(),
      end.waitMs,
      end.resultPieces ?? null,
      end.resultBytes ?? null,
    ],
  })
  if (!rows.some((row) => row.id !== null)) return undefined
  return { ready: rows.flatMap((row) => row.tag ?? []), isScheduled: rows.some((row) => row.has_restarted) }
}
