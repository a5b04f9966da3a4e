import { inTransaction } from '@millrace/db'
import type { Duty } from './duty.ts'

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

/** Retention: whole days go, nothing is deleted row by row. A day that is being read is tried again at the next run. */
export const dropOldPartitions: Duty = {
  id: 'drop-old-partitions',
  everyMs: () => 3_600_000,

  async runOnce({ db, retentionDays }) {
    const { rows } = await db.pool.query<{ day: string }>(EXPIRED, [retentionDays])
    for (const { day } of rows) {
      await inTransaction(db, async (client) => {
        await client.query(`set local lock_timeout = '2s'`)
        for (const parent of ['job_log', 'job_outcome', 'job'])
          await client.query(`drop table if exists ${parent}_${day}`)
      })
    }
    return rows.length === 0 ? {} : { did: { days: rows.map((row) => row.day) } }
  },
}
