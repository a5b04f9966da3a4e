import type { Database } from '@millrace/db'
import { findMissingPartitions, makePartition } from '../sql/make-partition.ts'
import type { Duty } from './duty.ts'

const DAYS_AHEAD = 7
const AGAIN_MS = 60_000

/**
 * Makes the daily partitions of today and a week ahead; also called before a server takes its first job. Each in a transaction of
 * its own; the ones that could not be made, because a long transaction held the table, are returned. Until they are made, their
 * rows go to the default partition.
 */
export async function makePartitions(db: Database): Promise<readonly string[]> {
  const busy: string[] = []
  for (const missing of await findMissingPartitions(db, DAYS_AHEAD)) {
    if (!(await makePartition(db, missing))) busy.push(`${missing.parent} of ${missing.day}`)
  }
  return busy
}

/** Partitions are there before their day, so that no insert ever waits for one. */
export const makeJobPartitions: Duty = {
  id: 'make-job-partitions',
  everyMs: () => 3_600_000,

  async runOnce({ db, log }) {
    const busy = await makePartitions(db)
    if (busy.length === 0) return {}
    log.warn({ busy }, 'partitions cannot be made while a long transaction holds the table; tried again in a minute')
    return { againInMs: AGAIN_MS }
  },
}
