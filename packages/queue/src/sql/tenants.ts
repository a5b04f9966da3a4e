import type { Held } from './held.ts'
import { COUNT_MAX, WALK_MAX, type LineReader } from './read-lines.ts'

/** Places at the head of a line whose tenants are told. */
const PLACES = 1000
/** Tenants of one tag that are told, those with the most of the next places first. */
const TENANTS_MAX = 100

/** What a workspace has in the line of a tag. */
export interface Tenant {
  readonly tag: string
  readonly workspaceId: string
  readonly waiting: number
  readonly isCapped: boolean
  readonly running: number
  readonly weight: number
  /** Of the next places in the line, how many are this tenant's. */
  readonly nextPlaces: number
  /** That, of all the places that were looked at. */
  readonly share: number
}

// Tenants are found by hopping through `job_queue_tenant` from the highest priority down, and in the places at the head of the
// line. A tenant is counted in each priority for itself, with its running jobs, which are known and taken off.
export const TENANTS = `
with recursive line as materialized (
  select tag from unnest($1::text[]) as tag
), stand (tag, priority, workspace_id, nth) as (
  select l.tag, f.priority, f.workspace_id, 1 from line l cross join lateral (
    select q.priority, q.workspace_id from job_queue q where q.tag = l.tag and q.in_line
    order by q.priority desc, q.workspace_id desc limit 1) as f
  union all
  select s.tag, n.priority, n.workspace_id, s.nth + 1 from stand s cross join lateral (
    select q.priority, q.workspace_id from job_queue q
    where q.tag = s.tag and q.in_line and (q.priority, q.workspace_id) < (s.priority, s.workspace_id)
    order by q.priority desc, q.workspace_id desc limit 1) as n
  where s.nth < $2
), bound as materialized (
  select greatest(10, least($3, $4 / greatest(1, count(*)))) as rows from stand
), parts as materialized (
  select s.tag, s.workspace_id, least(c.n, b.rows) as jobs, c.n > b.rows as is_capped, 0 as running, 0 as places
  from stand s cross join bound b cross join lateral (
    select count(*) as n from (
      select from job_queue q
      where q.tag = s.tag and q.priority = s.priority and q.workspace_id = s.workspace_id and q.in_line
      limit b.rows + 1) as r) as c
  union all
  select l.tag, p.workspace_id, 0, false, 0, 1 from line l cross join lateral (
    select q.workspace_id from job_queue q where q.tag = l.tag and q.in_line and q.state = 'ready'
    order by q.priority desc, q.fair, q.id limit $5) as p
  union all
  select h.tag, h.workspace_id, 0, false, h.jobs, 0
  from unnest($6::text[], $7::text[], $8::int[]) as h(tag, workspace_id, jobs) where h.tag = any ($1)
), tenant as materialized (
  select tag, workspace_id, sum(jobs)::bigint as jobs, bool_or(is_capped) as is_capped, sum(running)::bigint as running,
    sum(places)::bigint as places
  from parts group by tag, workspace_id
), ranked as (
  select t.*, greatest(t.jobs - t.running, t.places) as waiting,
    row_number() over (partition by tag order by places desc, jobs desc, running desc, workspace_id) as nth,
    places::float8 / greatest(1, sum(places) over (partition by tag)) as share
  from tenant t
)
select r.tag, r.workspace_id as "workspaceId", r.waiting, r.is_capped or r.waiting > r.jobs as "isCapped", r.running,
  coalesce(w.queue_weight, 1) as weight, r.places as "nextPlaces", r.share
from ranked r left join workspace w on w.id = r.workspace_id
where r.nth <= $2 order by r.tag, r.nth`

/** The tenants of these tags, by tag, those with the most of the next places first (Q36). Within `readLines`. */
export async function loadTenants(
  client: LineReader,
  tags: readonly string[],
  held: readonly Held[],
): Promise<ReadonlyMap<string, readonly Tenant[]>> {
  if (tags.length === 0) return new Map()
  const places = Math.max(10, Math.min(PLACES, Math.floor(WALK_MAX / tags.length)))
  const { rows } = await client.query<Tenant>(TENANTS, [
    tags,
    TENANTS_MAX,
    COUNT_MAX,
    WALK_MAX,
    places,
    held.map((each) => each.tag),
    held.map((each) => each.workspaceId),
    held.map((each) => each.jobs),
  ])
  return Map.groupBy(rows, (tenant) => tenant.tag)
}
