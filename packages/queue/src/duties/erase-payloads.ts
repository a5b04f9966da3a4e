import type { Duty } from './duty.ts'

const BATCH = 500

const ERASE = `
with due as (
  delete from job_erasure where id in (select id from job_erasure where due_at <= now() order by due_at limit $1 for update skip locked)
  returning id
), asked as (
  update job set args = null where id in (select id from due)
), ended as (
  update job_outcome set result = null where id in (select id from due)
), whole as (
  delete from job_result where job_id in (select id from due)
), replayed as (
  update workflow_checkpoint set result = null where job_id in (select id from due)
), logged as (
  delete from job_log where job_id in (select id from due)
)
select (select count(*) from due) as count,
  (select (extract(epoch from min(due_at) - now()) * 1000)::float8 from job_erasure where due_at > now()) as next_in_ms`

/** Deletes arguments, results and logs of jobs that asked for it, when the time they asked for has passed since their end (Q29). */
export const erasePayloads: Duty = {
  id: 'erase-payloads',
  everyMs: () => 60_000,
  wakenBy: 'scheduled',

  async runOnce({ db }) {
    const { rows } = await db.pool.query<{ count: number; next_in_ms: number | null }>(ERASE, [BATCH])
    const { count = 0, next_in_ms: nextInMs = null } = rows[0] ?? {}
    const againInMs = count === BATCH ? 0 : Math.min(60_000, nextInMs ?? 60_000)
    return { ...(count > 0 && { did: { jobs: count } }), againInMs }
  },
}
