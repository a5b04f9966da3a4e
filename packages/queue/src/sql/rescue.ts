import { inTransaction, type Database } from '@millrace/db'
import { errorResult } from '../job.ts'
import { letIn } from './let-in.ts'
import { sequel } from './sequel.ts'

// Locks the dead worker's row first, so that two keepers (a lease of the keeper that changed hands) never rescue twice and
// a worker that wakes up again waits here and then finds its row gone.
const DEAD = `select id, name from worker where last_seen_at < now() - $1 * interval '1 millisecond' limit 100 for update skip locked`

const REQUEUE = `
update job_queue q set state = 'ready', worker_id = null, started_at = null
from job j
where q.worker_id = any ($1) and q.state = 'running' and j.id = q.id and q.attempt - q.failures < j.attempts_max
  and not exists (select from job_cancel c where c.id = q.id)
returning q.id, q.tag`

const FAIL = `
with lost as (
  select q.id, c.canceled_by, c.reason, q.attempt from job_queue q left join job_cancel c on c.id = q.id
  where q.worker_id = any ($1) and q.state = 'running'
), gone as (
  delete from job_queue q using lost where q.id = lost.id
  returning q.id, q.workspace_id, q.started_at, q.due_at, q.attempt, q.concurrency_key, q.has_sequel,
    lost.canceled_by, lost.reason, case when lost.canceled_by is null then 'failure' else 'canceled' end as status
), written as (
  insert into job_outcome (id, workspace_id, status, result, started_at, duration_ms, wait_ms, attempt, canceled_by, canceled_reason)
  select id, workspace_id, status,
    case when canceled_by is null then $2::json
      else json_build_object('error', json_build_object('name', 'Canceled', 'message', 'canceled by ' || canceled_by || coalesce(': ' || reason, ''))) end,
    started_at, greatest(0, extract(epoch from now() - started_at) * 1000)::bigint,
    greatest(0, extract(epoch from started_at - due_at) * 1000)::bigint, attempt, canceled_by, reason
  from gone
  returning id
), let_in as (${letIn('gone')}
), sequel as (${sequel('gone')})
select id, null as tag, null::boolean as has_restarted from written
union all select null, tag, null::boolean from let_in
union all select null, null, has_restarted from sequel`

/** What became of the jobs of workers whose lease ran out. */
export interface Rescue {
  readonly workers: readonly string[]
  readonly requeued: readonly { readonly id: string; readonly tag: string }[]
  readonly ended: readonly string[]
  /** Tags of blocked jobs that may run now. */
  readonly ready: readonly string[]
  /** Whether there are jobs that wait for a time now. */
  readonly isScheduled: boolean
}

/** Takes back the jobs of every worker not seen for `leaseMs` (Q12). */
export function rescueLostJobs(db: Database, leaseMs: number): Promise<Rescue> {
  return inTransaction(db, async (client) => {
    const { rows: dead } = await client.query<{ id: string; name: string }>(DEAD, [leaseMs])
    if (dead.length === 0) return { workers: [], requeued: [], ended: [], ready: [], isScheduled: false }
    const ids = dead.map((worker) => worker.id)
    const requeued = await client.query<{ id: string; tag: string }>(REQUEUE, [ids])
    const ended = await client.query<{ id: string | null; tag: string | null; has_restarted: boolean | null }>(FAIL, [
      ids,
      errorResult(
        'WorkerLost',
        'The worker that ran this job was lost (killed, out of memory, or its host went away), and the job allows no further attempt.',
      ),
    ])
    await client.query('delete from worker where id = any ($1)', [ids])
    return {
      workers: dead.map((worker) => worker.name),
      requeued: requeued.rows,
      ended: ended.rows.flatMap((row) => row.id ?? []),
      ready: [...new Set(ended.rows.flatMap((row) => row.tag ?? []))],
      isScheduled: ended.rows.some((row) => row.has_restarted),
    }
  })
}
