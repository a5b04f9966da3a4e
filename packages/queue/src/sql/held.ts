import { COUNT_MAX, TAGS_MAX, WALK_MAX, type LineReader } from './read-lines.ts'

/** Running jobs of one tag, tenant and worker. */
export interface Held {
  readonly tag: string
  readonly workspaceId: string
  readonly workerId: string
  readonly jobs: number
  /** How long all of them together have run. */
  readonly elapsedMs: number
}

/** The running jobs, and whether there may be more. */
export interface AllHeld {
  readonly held: readonly Held[]
  readonly isCapped: boolean
}

// A job that runs stays in its line, before those that wait: the front of each line, one priority after the other, has them all.
export const HELD = `
with recursive lane (tag, priority, nth) as (
  (select tag, priority, 1 from job_queue where in_line order by tag, priority limit 1)
  union all
  select next.tag, next.priority, l.nth + 1 from lane l cross join lateral (
    select q.tag, q.priority from job_queue q where q.in_line and (q.tag, q.priority) > (l.tag, l.priority)
    order by q.tag, q.priority limit 1) as next
  where l.nth < $1
), bound as materialized (
  select greatest(100, least($2, $3 / greatest(1, count(*)))) as rows from lane
), front as materialized (
  select l.nth, f.* from lane l cross join bound b cross join lateral (
    select q.tag, q.workspace_id, q.worker_id, q.started_at, q.state from job_queue q
    where q.in_line and q.tag = l.tag and q.priority = l.priority order by q.fair, q.id limit b.rows) as f
  where f.state = 'running'
)
select f.tag, f.workspace_id as "workspaceId", f.worker_id as "workerId", count(*) as jobs,
  sum(extract(epoch from clock_timestamp() - f.started_at) * 1000)::float8 as "elapsedMs",
  exists (select from front g cross join bound b group by g.nth, b.rows having count(*) >= b.rows) as "isCapped"
from front f group by f.tag, f.workspace_id, f.worker_id`

/** Jobs that run, by tag, tenant and worker. Within `readLines`. */
export async function loadHeld(client: LineReader): Promise<AllHeld> {
  const { rows } = await client.query<Held & { isCapped: boolean }>(HELD, [TAGS_MAX, COUNT_MAX, WALK_MAX / 2])
  return { held: rows, isCapped: rows.some((row) => row.isCapped) }
}

/** How many of them there are, by whatever tells them apart. */
export function countHeld(held: readonly Held[], key: (each: Held) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const each of held) counts.set(key(each), (counts.get(key(each)) ?? 0) + each.jobs)
  return counts
}
