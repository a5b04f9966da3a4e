import { inTransaction, type Connection } from '@millrace/db'
import type { Duty } from './duty.ts'

const DAYS = `
select day::timestamp at time zone 'utc' as since, (day + 1)::timestamp at time zone 'utc' as until from (
  select to_date(right(c.relname, 8), 'YYYYMMDD') as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'job_outcome'::regclass and c.relname ~ '^job_outcome_\\d{8}$'
) as days`

// Days that are over, and the hours since; over by ten minutes, for clocks differ and large calls take their time. Of these the ones
// that were not counted, or of which jobs have ended since; oldest first, so that what is counted has no gaps.
const STALE = `
with day as (${DAYS}), period as (
  select since, until from day where until < now() - interval '10 minutes'
  union all
  select hour, hour + interval '1 hour' from day cross join lateral generate_series(since, until - interval '1 hour', interval '1 hour') as hour
  where until >= now() - interval '10 minutes' and hour + interval '1 hour' < now() - interval '10 minutes'
)
select p.since, p.until, u.unfinished, millrace_first_id(p.since) as low, millrace_first_id(p.until) as high from period p
cross join lateral (
  select count(*) as unfinished from job_queue where id >= millrace_first_id(p.since) and id < millrace_first_id(p.until)
) as u
left join job_count_period k on k.since = p.since and k.until = p.until
where u.unfinished is distinct from k.unfinished
order by p.since`

const COUNT = `
insert into job_count (workspace_id, since, tag, status, jobs)
select o.workspace_id, $1::timestamptz, j.tag, o.status, count(*)
from job_outcome o join job j on j.id = o.id
where o.id >= $2::uuid and o.id < $3::uuid and j.id >= $2::uuid and j.id < $3::uuid
group by o.workspace_id, j.tag, o.status`

const NOTE = `insert into job_count_period (since, until, unfinished) values ($1, $2, $3)`

const FORGET = `
with kept as (select min(since) as since from (${DAYS}) as days), forgotten as (
  delete from job_count_period p using kept where p.since < kept.since
)
delete from job_count c using kept where c.since < kept.since`

interface Period {
  readonly since: Date
  readonly until: Date
  readonly unfinished: number
  /** Ids from here, and below there. */
  readonly low: string
  readonly high: string
}

/** Counts the jobs of a time that is over, once: counts of finished jobs read what this writes and count the last hour by themselves. */
export const countFinishedJobs: Duty = {
  id: 'count-finished-jobs',
  everyMs: () => 600_000,

  async runOnce({ db }) {
    await db.pool.query(FORGET)
    const { rows } = await db.pool.query<Period>(STALE)
    for (const period of rows) await inTransaction(db, (client) => count(client, period))
    return rows.length === 0 ? {} : { did: { periods: rows.length, from: rows[0]?.since, to: rows.at(-1)?.until } }
  },
}

/** What ends after the look at the queue is counted and makes the period stale: it is counted once more, and no job is missed. */
async function count(client: Connection, { since, until, unfinished, low, high }: Period): Promise<void> {
  // A day takes the place of its hours.
  await client.query('delete from job_count where since >= $1 and since < $2', [since, until])
  await client.query('delete from job_count_period where since >= $1 and since < $2', [since, until])
  await client.query(COUNT, [since, low, high])
  await client.query(NOTE, [since, until, unfinished])
}
