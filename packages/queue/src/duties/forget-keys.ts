import type { Duty } from './duty.ts'

/** Tables of things that are known for a while, and which rows are past it. */
const EXPIRED = {
  job_once: `made_at < now() - interval '24 hours'`,
  job_debounce: `first_at < now() - interval '1 hour' and not exists (select from job_queue q where q.id = job_debounce.job_id)`,
  job_wait: `until < now()`,
  job_stream: `job_id < millrace_first_id(now() - interval '1 day') and not exists (select from job_queue q where q.id = job_stream.job_id)`,
  result_cache: `expires_at < now()`,
  concurrency_key: `used_at < now() - interval '1 day' and not exists (select from job_queue q where q.concurrency_key = concurrency_key.key)
    and not exists (select from concurrency_slot s where s.key = concurrency_key.key)`,
} as const

/** Forgets idempotency keys after a day (Q32), cached results after their time, and what ended waits, debounces and limits left. */
export const forgetKeys: Duty = {
  id: 'forget-keys',
  everyMs: () => 300_000,

  async runOnce({ db }) {
    const forgotten: Record<string, number> = {}
    for (const [table, condition] of Object.entries(EXPIRED)) {
      const { rowCount } = await db.pool.query(`delete from ${table} where ${condition}`)
      if (rowCount) forgotten[table] = rowCount
    }
    return Object.keys(forgotten).length > 0 ? { did: forgotten } : {}
  },
}
