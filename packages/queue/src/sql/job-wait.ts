import type { Database } from '@millrace/db'
import type { ClaimedJob } from '../job.ts'
import { claimColumns, toClaimedJob, type ClaimRow } from './claim.ts'

/** Who waits for whom: a running job that asks the API for another one's end. */
export interface JobWait {
  readonly waiterId: string
  readonly childId: string
}

/** Notes a wait, or that it goes on, for `forMs` from now; only jobs that run can wait. */
export async function noteWait(db: Database, { waiterId, childId }: JobWait, forMs: number): Promise<void> {
  await db.pool.query({
    name: 'note-wait',
    text: `insert into job_wait (waiter_id, child_id, until)
           select $1::uuid, $2::uuid, now() + $3 * interval '1 millisecond'
           where exists (select from job_queue where id = $1::uuid and state = 'running')
           on conflict (waiter_id, child_id) do update set until = excluded.until`,
    values: [waiterId, childId, forMs],
  })
}

/** Forgets a wait that is over. */
export async function endWait(db: Database, { waiterId, childId }: JobWait): Promise<void> {
  await db.pool.query({
    name: 'end-wait',
    text: 'delete from job_wait where waiter_id = $1 and child_id = $2',
    values: [waiterId, childId],
  })
}

/** Which of these jobs wait for another one, and for how many milliseconds that is known. */
export async function findWaits(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.pool.query<{ waiter_id: string; left_ms: number }>({
    name: 'find-waits',
    text: `select waiter_id, max(extract(epoch from until - now()) * 1000)::float8 as left_ms from job_wait
           where waiter_id = any ($1::uuid[]) and until > now() group by waiter_id`,
    values: [ids],
  })
  return new Map(rows.map((row) => [row.waiter_id, row.left_ms]))
}

/** Which of these jobs a running job somewhere waits for. */
export async function findAwaited(db: Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const { rows } = await db.pool.query<{ child_id: string }>({
    name: 'find-awaited',
    text: 'select distinct child_id from job_wait where child_id = any ($1::uuid[]) and until > now()',
    values: [ids],
  })
  return new Set(rows.map((row) => row.child_id))
}

// The worker's row is locked against the keeper as in `claim_jobs` (Q20).
const CLAIM_AWAITED = `
with me as materialized (
  select id from worker where id = $1 for key share
), picked as materialized (
  select q.id from me, job_wait w join job_queue q on q.id = w.child_id
  where w.until > now() and q.state = 'ready' and q.tag = any ($2)
  order by w.until limit $3 for update of q skip locked
), claimed as (
  update job_queue q set state = 'running', worker_id = $1, attempt = q.attempt + 1, started_at = clock_timestamp()
  where q.id = any (array(select id from picked))
  returning q.id, q.priority, q.fair, q.attempt, q.failures, q.memory_mb, q.started_at
)
select ${claimColumns('j', 'c')}
from claimed c join job j on j.id = c.id`

/** Up to `limit` ready jobs of the tags that a running job somewhere waits for, now held by the worker (Q34). */
export async function claimAwaitedJobs(
  db: Database,
  workerId: string,
  tags: readonly string[],
  limit: number,
): Promise<readonly ClaimedJob[]> {
  if (limit <= 0) return []
  const { rows } = await db.pool.query<ClaimRow>({
    name: 'claim-awaited',
    text: CLAIM_AWAITED,
    values: [workerId, tags, limit],
  })
  return rows.map(toClaimedJob)
}
