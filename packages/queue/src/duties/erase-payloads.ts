import type { Duty } from './duty.ts'

const BATCH = 500

const HELD_S = 60

// A later step of a flow may still read what a step gave: it goes when the flow is over, and so does all below a flow.
const ERASE = `
with recursive come as (
  select id from job_erasure where due_at <= now() order by due_at limit $1 for update skip locked
), held as (
  update job_erasure e set due_at = now() + ${HELD_S} * interval '1 second'
  where e.id in (
    select c.id from come c join job j on j.id = c.id join job_queue q on q.id = j.root_job where j.flow_step_id is not null)
  returning e.id
), due as (
  delete from job_erasure e where e.id in (select id from come except select id from held) returning e.id
), below (id) as (
  select id from due union select j.id from job j join below b on j.parent_job = b.id where j.flow_step_id is not null
), asked as (
  update job set args = null where id in (select id from below)
), ended as (
  update job_outcome set result = null where id in (select id from below)
), whole as (
  delete from job_result where job_id in (select id from below)
), replayed as (
  update workflow_checkpoint set result = null where job_id in (select id from below)
), logged as (
  delete from job_log where job_id in (select id from below)
), answered as (
  delete from flow_resume where frame_id in (select id from below)
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
