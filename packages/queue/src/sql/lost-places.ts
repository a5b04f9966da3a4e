import { inTransaction, type Database } from '@millrace/db'
import { errorResult } from '../job.ts'
import { letIn } from './let-in.ts'
import { sequel } from './sequel.ts'

/** What the tags of places begin with: hosts that jobs stay on, for their folders are there. */
export const PLACE_TAG = 'place-'

const JOBS_MAX = 1000

// By hopping from tag to tag of the lines, of which there are few.
const NOTE = `
with recursive line as (
  (select tag from job_queue where in_line order by tag limit 1)
  union all
  select (select q.tag from job_queue q where q.in_line and q.tag > l.tag order by q.tag limit 1) from line l where l.tag is not null
), served as (
  select unnest(tags) as tag from worker
), forgotten as (
  delete from lost_place where tag in (select tag from served) or since < now() - interval '30 days'
)
insert into lost_place (tag)
select tag from line where starts_with(tag, '${PLACE_TAG}') and tag not in (select tag from served)
on conflict (tag) do nothing`

const FAIL = `
with lost as (
  select q.id from job_queue q where q.in_line and q.state = 'ready'
    and q.tag = any (array(select tag from lost_place where since <= clock_timestamp() - $1 * interval '1 millisecond'))
  order by q.id limit ${JOBS_MAX} for update skip locked
), gone as (
  delete from job_queue q using lost where q.id = lost.id
  returning q.id, q.workspace_id, q.started_at, q.due_at, q.attempt, q.concurrency_key, q.has_sequel, 'failure' as status
), written as (
  insert into job_outcome (id, workspace_id, status, result, finished_at, duration_ms, wait_ms, attempt)
  select id, workspace_id, 'failure', $2::json, clock_timestamp(), 0,
    greatest(0, extract(epoch from clock_timestamp() - due_at) * 1000)::bigint, attempt
  from gone
  returning id
), let_in as (${letIn('gone')}
), sequel as (${sequel('gone')})
select id, null as tag, null::boolean as has_restarted from written
union all select null, tag, null::boolean from let_in
union all select null, null, has_restarted from sequel`

/** What became of the jobs that wait for hosts which are gone. */
export interface LostPlaces {
  readonly ended: readonly string[]
  /** Tags of blocked jobs that may run now. */
  readonly ready: readonly string[]
  /** Whether there are jobs that wait for a time now. */
  readonly isScheduled: boolean
}

/** Fails the jobs that wait for a host which no worker has served for `lostMs` while any waited for it (Q51); a thousand at the most. */
export async function failLostPlaces(db: Database, lostMs: number): Promise<LostPlaces> {
  const message = `The worker that this flow stays on (same_worker, squash) has not been there for ${Math.round(lostMs / 60_000)} min, and the folder ./shared of its steps with it. Run the flow again, or start that worker again on its data folder in time.`
  return await inTransaction(db, async (client) => {
    await client.query(NOTE)
    const { rows } = await client.query<{ id: string | null; tag: string | null; has_restarted: boolean | null }>(
      FAIL,
      [lostMs, errorResult('HostLost', message)],
    )
    return {
      ended: rows.flatMap((row) => row.id ?? []),
      ready: [...new Set(rows.flatMap((row) => row.tag ?? []))],
      isScheduled: rows.some((row) => row.has_restarted),
    }
  })
}
