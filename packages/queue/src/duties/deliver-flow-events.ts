import { cancelJobs } from '../sql/cancel.ts'
import type { Duty } from './duty.ts'

const BATCH = 500
/** Whoever makes something happen to a frame tells it at once; what lies for such a part of the lease was left by a process that died. */
const STALE = 0.15
/** Transitions that failed one after the other by a fault of ours: after so many somebody must ask for the next one. */
export const FRAME_FAULTS_MAX = 5

/**
 * A frame is made ready, and the worker that claims it takes in what happened. One that failed waits longer each time. A time that has come
 * is no matter of this: it makes the frame's job due (Q3). Rows are looked for one by one, by their keys: of the frames that something
 * happened to most may stand in line already, and comparing them with all that wait, which the planner liked, took seconds.
 */
export const WAKE = `
with stale as (
  select distinct e.frame_id as id from flow_event e where e.created_at < now() - $1 * interval '1 millisecond'
  union
  select r.id from flow_run r where r.faulted_at < now()
), picked as (
  select q.id, q.tag, q.priority, q.workspace_id
  from stale s cross join lateral (
    select from flow_run r where r.id = s.id and r.faults < $3
      and (r.faulted_at is null or r.faulted_at < now() - power(4, r.faults) * interval '1 second')
    offset 0
  ) as r cross join lateral (
    select one.id, one.tag, one.priority, one.workspace_id from job_queue one
    where one.id = s.id and one.state in ('suspended', 'scheduled')
    offset 0 for update skip locked
  ) as q
  limit $2
)
update job_queue q set state = 'ready', due_at = now(), fair = queue_place(p.tag, p.priority, p.workspace_id)
from picked p where q.id = p.id
returning q.tag`

const FORGET = `
delete from flow_event e where e.created_at < now() - interval '1 minute' and not exists (select from flow_run r where r.id = e.frame_id)`

// A cancel was asked for while a worker had the frame in hand, which died before it saw to it.
const CANCELED = `
select c.id, c.canceled_by, c.reason from job_cancel c join job_queue q on q.id = c.id
where q.state in ('suspended', 'scheduled') and exists (select from flow_run r where r.id = c.id) limit $1`

// Usually there is nothing: one statement then, and not three.
const IS_ANYTHING_LEFT = `
select exists (select from flow_event where created_at < now() - $1 * interval '1 millisecond')
  or exists (select from flow_run where faulted_at < now() and faults < $2) or exists (${CANCELED.replace('limit $1', '')}) as found`

/** What happened to frames of flows and was taken in by nobody is taken in after all. */
export const deliverFlowEvents: Duty = {
  id: 'deliver-flow-events',
  everyMs: ({ leaseMs }) => Math.max(50, leaseMs / 4),

  async runOnce({ db, notifier, leaseMs }) {
    const left = await db.pool.query<{ found: boolean }>(IS_ANYTHING_LEFT, [leaseMs * STALE, FRAME_FAULTS_MAX])
    if (!left.rows[0]?.found) return {}
    const woken = await db.pool.query<{ tag: string }>(WAKE, [leaseMs * STALE, BATCH, FRAME_FAULTS_MAX])
    const tags = [...new Set(woken.rows.map((row) => row.tag))]
    if (tags.length > 0) notifier.tell('ready', tags)
    await db.pool.query(FORGET)
    const canceled = await db.pool.query<{ id: string; canceled_by: string; reason: string | null }>(CANCELED, [BATCH])
    for (const { id, canceled_by: by, reason } of canceled.rows) {
      const { asked, ended } = await cancelJobs(db, {
        workspaceId: undefined,
        ids: [id],
        by,
        reason: reason ?? undefined,
      })
      if (asked.length > 0) notifier.tell('cancel', asked)
      notifier.tell('done', ended)
    }
    // More may follow soon: frames wait for each other.
    return tags.length > 0 ? { did: { frames: woken.rows.length }, againInMs: Math.max(50, leaseMs / 20) } : {}
  },
}
