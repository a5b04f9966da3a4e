import { settleKeys } from '../sql/enqueue.ts'
import type { Duty } from './duty.ts'

const BATCH = 500

// Jumps from key to key in the index instead of reading every job that waits.
const WAITING = `
with recursive waiting as (
  (select concurrency_key as key from job_queue where concurrency_key > '' and not in_line and state = 'blocked' order by concurrency_key limit 1)
  union all
  select (select q.concurrency_key from job_queue q where q.concurrency_key > w.key and not q.in_line and q.state = 'blocked'
    order by q.concurrency_key limit 1)
  from waiting w where w.key is not null
)
select key from waiting where key is not null`

/**
 * Lets in what a process left waiting that died between enqueuing its jobs and letting them in (Q26). Jobs that end let others
 * in by themselves, so this is on no job's way.
 */
export const letBlockedIn: Duty = {
  id: 'let-blocked-in',
  everyMs: () => 60_000,

  async runOnce({ db, notifier }) {
    const { rows } = await db.pool.query<{ key: string }>(WAITING)
    for (let at = 0; at < rows.length; at += BATCH) {
      const keys = rows.slice(at, at + BATCH).map((row) => row.key)
      const tags = await settleKeys(db.pool, keys)
      if (tags.length > 0) notifier.tell('ready', tags)
    }
    return {}
  },
}
