import type { Database } from '@millrace/db'
import { settleKeys } from './enqueue.ts'

// Walks `job_queue_due` from its low end. A job takes its place in the line when it is due, not when it was asked for.
const PROMOTE = `
with due as (
  select id, tag, priority, workspace_id, due_at from job_queue
  where is_later and due_at <= now() order by due_at limit $1 for update skip locked
), line as materialized (
  select tag, priority, workspace_id, queue_place(tag, priority, workspace_id) as place, queue_cost(workspace_id) as cost
  from due group by tag, priority, workspace_id
), placed as (
  select d.id, l.place + ceil(l.cost * (row_number() over (partition by d.tag, d.priority, d.workspace_id order by d.due_at, d.id) - 1))::bigint as fair
  from due d join line l using (tag, priority, workspace_id)
)
update job_queue q set fair = case when q.concurrency_key is null then p.fair else 0 end,
  state = case when q.concurrency_key is null then 'ready' else 'blocked' end
from placed p where q.id = p.id
returning q.tag, q.concurrency_key`

/** Makes due jobs ready (Q3), or blocked where they have a concurrency key: tags that have ready jobs now, and the milliseconds until the next one is due. */
export async function promoteDueJobs(
  db: Database,
  limit: number,
): Promise<{ readonly tags: readonly string[]; readonly nextInMs: number | undefined }> {
  const { rows } = await db.pool.query<{ tag: string; concurrency_key: string | null }>({
    name: 'promote',
    text: PROMOTE,
    values: [limit],
  })
  const next = await db.pool.query<{ ms: number | null }>({
    name: 'next-due',
    text: `select (extract(epoch from min(due_at) - now()) * 1000)::float8 as ms from job_queue where is_later`,
  })
  const open = rows.flatMap((row) => (row.concurrency_key === null ? [row.tag] : []))
  const keys = new Set(rows.flatMap((row) => row.concurrency_key ?? []))
  const admitted = keys.size > 0 ? await settleKeys(db.pool, [...keys]) : []
  return { tags: [...new Set([...open, ...admitted])], nextInMs: next.rows[0]?.ms ?? undefined }
}
