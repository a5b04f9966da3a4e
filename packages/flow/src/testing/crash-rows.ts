import type { Database } from '@millrace/db'
import { explainWaits } from '@millrace/queue'
import { outcomeOf } from './flow-fixture.ts'

/** What is left of a flow that has ended. */
export interface FlowRows {
  readonly status: string
  readonly result: unknown
  /** Steps for which there was more than one job. */
  readonly startedTwice: readonly string[]
  /** Rows of frames, events and items that nobody took away. */
  readonly left: number
}

const FAMILY = `with recursive family as (
  select id as root, id from unnest($1::uuid[]) as t(id)
  union select f.root, j.id from family f join job j on j.parent_job = f.id
)`

const TWICE = `${FAMILY}
select f.root, j.flow_step_id as step from family f join job j on j.parent_job = f.id
group by f.root, j.parent_job, j.flow_step_id, j.flow_step_index, j.flow_step_failures having count(*) > 1`

const LEFT = `${FAMILY}
select f.root, count(*)::int as count from family f cross join lateral (
  select from flow_run where id = f.id union all select from flow_event where frame_id = f.id
  union all select from flow_item where frame_id = f.id
) as row group by f.root`

const UNFINISHED = `${FAMILY}
select q.id, q.state, j.kind, j.flow_step_id as step, r.faults, r.fault, r.wake_at, r.state::text as frame,
  (select count(*)::int from flow_event e where e.frame_id = q.id) as events
from family f join job_queue q on q.id = f.id join job j on j.id = q.id left join flow_run r on r.id = q.id`

/** Looks at the rows of flows, by their ids. */
export async function lookAtFlows(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, FlowRows>> {
  const twice = await db.pool.query<{ root: string; step: string }>(TWICE, [ids])
  const left = await db.pool.query<{ root: string; count: number }>(LEFT, [ids])
  const rows = ids.map(async (id): Promise<[string, FlowRows]> => {
    const startedTwice = twice.rows.filter(({ root }) => root === id).map(({ step }) => step)
    const count = left.rows.find(({ root }) => root === id)?.count ?? 0
    return [id, { ...(await outcomeOf(db, id)), startedTwice, left: count }]
  })
  return new Map(await Promise.all(rows))
}

/** Flows that have ended. */
export async function findEnded(db: Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await db.pool.query<{ id: string }>('select id from job_outcome where id = any($1)', [ids])
  return new Set(rows.map(({ id }) => id))
}

/** Flows that take answers. */
export async function findAsking(db: Database, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    'select id from flow_run where id = any($1) and awaits is not null',
    [ids],
  )
  return rows.map(({ id }) => id)
}

/** What every unfinished job of flows waits for, one a line. */
export async function sayWaits(db: Database, ids: readonly string[], leaseMs: number): Promise<string> {
  const { rows } = await db.pool.query<{ id: string }>(UNFINISHED, [ids])
  const question = { workspaceId: undefined, ids: rows.map(({ id }) => id), leaseMs, walkMax: 100 }
  const causes = await explainWaits(db.pool, question)
  return rows.map((row) => JSON.stringify({ ...row, cause: causes.get(row.id) })).join('\n')
}
