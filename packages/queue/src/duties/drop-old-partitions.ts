import type { Database } from '@millrace/db'
import { withBriefLock } from '../sql/brief-lock.ts'
import type { Duty } from './duty.ts'

const AGAIN_MS = 60_000

// A day is kept while any job of it is unfinished: it may have been asked for weeks ago and be due next month.
const EXPIRED = `
select to_char(day, 'YYYYMMDD') as day from (
  select to_date(right(c.relname, 8), 'YYYYMMDD') as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'job'::regclass and c.relname ~ '^job_\\d{8}$'
) as days
where day < (now() at time zone 'utc')::date - $1::int
  and not exists (select from job_queue where id >= millrace_first_id(day::timestamp at time zone 'utc')
                    and id < millrace_first_id((day + 1)::timestamp at time zone 'utc'))
order by day limit 31`

const UNFINISHED = `
select from job_queue where id >= millrace_first_id(to_date($1, 'YYYYMMDD')::timestamp at time zone 'utc')
  and id < millrace_first_id((to_date($1, 'YYYYMMDD') + 1)::timestamp at time zone 'utc') limit 1`

/** Retention: whole days go, nothing is deleted row by row. A day that is being read is tried again in a minute. */
export const dropOldPartitions: Duty = {
  id: 'drop-old-partitions',
  everyMs: () => 3_600_000,

  async runOnce({ db, retentionDays }) {
    const { rows } = await db.pool.query<{ day: string }>(EXPIRED, [retentionDays])
    const gone: string[] = []
    for (const { day } of rows) if (await dropDay(db, day)) gone.push(day)
    return {
      ...(gone.length > 0 && { did: { days: gone } }),
      ...(gone.length < rows.length && { againInMs: AGAIN_MS }),
    }
  },
}

/**
 * A table a transaction, so that none waits for one with another in its hands; `job` is the last, for it tells which days there are.
 * The parent is locked before the day is looked at again: nobody can ask for a job of this day meanwhile.
 */
async function dropDay(db: Database, day: string): Promise<boolean> {
  const { rows: tables } = await db.pool.query<{ parent: string }>('select parent from job_day_tables()')
  for (const { parent } of tables) {
    let isFinished = false
    const isLocked = await withBriefLock(db, async (client) => {
      await client.query(`lock table only ${parent} in access exclusive mode`)
      isFinished = (await client.query(UNFINISHED, [day])).rowCount === 0
      if (isFinished) await client.query(`drop table if exists ${parent}_${day}`)
    })
    if (!isLocked || !isFinished) return false
  }
  return true
}
