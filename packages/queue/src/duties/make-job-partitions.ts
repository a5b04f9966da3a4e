import type { Database } from '@millrace/db'
import type { Duty } from './duty.ts'

const DAYS_AHEAD = 7

/** Makes the daily partitions of today and a week ahead; also called before a server takes its first job. */
export async function makePartitions(db: Database): Promise<void> {
  await db.pool.query(
    `select make_job_partitions(day::date) from generate_series(
       (now() at time zone 'utc')::date, (now() at time zone 'utc')::date + $1::int, interval '1 day') as day`,
    [DAYS_AHEAD],
  )
}

/** Partitions are there before their day, so that no insert ever waits for one. */
export const makeJobPartitions: Duty = {
  id: 'make-job-partitions',
  everyMs: () => 3_600_000,

  async runOnce({ db }) {
    await makePartitions(db)
    return {}
  },
}
