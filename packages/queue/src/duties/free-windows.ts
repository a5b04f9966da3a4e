import { settleKeys } from '../sql/enqueue.ts'
import type { Duty } from './duty.ts'

const BATCH = 500
/** While there are slots in a time window: a job that ends adds one without telling. */
const LOOK_MS = 1000

const EXPIRED = `
select distinct key from (select key from concurrency_slot where free_at <= now() order by free_at limit $1) as slot`
const NEXT = `
select (extract(epoch from min(free_at) - now()) * 1000)::float8 as ms, exists (
  select from concurrency_key k where k.window_s > 0 and exists (select from job_queue q where q.concurrency_key = k.key)) as may_come
from concurrency_slot where free_at < '9000-01-01'`

/** Lets blocked jobs in when the time window of an ended one has passed (Q25). */
export const freeWindows: Duty = {
  id: 'free-windows',
  everyMs: () => 60_000,
  wakenBy: 'scheduled',

  async runOnce({ db, notifier }) {
    const { rows } = await db.pool.query<{ key: string }>(EXPIRED, [BATCH])
    if (rows.length > 0) {
      const tags = await settleKeys(
        db.pool,
        rows.map((row) => row.key),
      )
      if (tags.length > 0) notifier.tell('ready', tags)
    }
    const next = await db.pool.query<{ ms: number | null; may_come: boolean }>(NEXT)
    const { ms = null, may_come: mayCome = false } = next.rows[0] ?? {}
    if (ms !== null) return { againInMs: Math.min(LOOK_MS, Math.max(1, Math.ceil(ms))) }
    return mayCome ? { againInMs: LOOK_MS } : {}
  },
}
