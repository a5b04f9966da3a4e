import { countHeld, type AllHeld } from './held.ts'
import { COUNT_MAX, TAGS_MAX, WALK_MAX, type LineReader } from './read-lines.ts'

/** Which tags, by name; undefined is all of them. */
export interface TagPage {
  readonly tags?: readonly string[] | undefined
  readonly limit: number
  readonly offset: number
}

/** How much of a tag is unfinished. No count goes beyond what a reading may walk; `isCapped` says that one would. */
export interface Depth {
  readonly tag: string
  readonly ready: number
  readonly scheduled: number
  readonly blocked: number
  readonly suspended: number
  readonly running: number
  readonly isCapped: boolean
  /** How long the next job to be claimed has been due; undefined when none is ready. */
  readonly headAgeMs: number | undefined
  /** Live workers that take the tag. */
  readonly workers: number
}

interface Row {
  readonly tag: string
  readonly in_line: number
  readonly scheduled: number
  readonly blocked: number
  readonly suspended: number
  readonly head_age_ms: number | null
  readonly workers: number
  readonly bound: number
}

// Tags are found by hopping from one to the next in an index, however many rows each has. What is later is compared with a column
// rather than a constant, lest the planner takes the index of due times and filters the whole of it by tag.
export const DEPTHS = `
with recursive line_tag (tag, nth) as (
  (select tag, 1 from job_queue where in_line order by tag limit 1)
  union all
  select next.tag, r.nth + 1 from line_tag r cross join lateral (
    select q.tag from job_queue q where q.in_line and q.tag > r.tag order by q.tag limit 1) as next
  where r.nth < $1
), parked_tag (tag, nth) as (
  (select tag, 1 from job_queue where not in_line order by tag limit 1)
  union all
  select next.tag, p.nth + 1 from parked_tag p cross join lateral (
    select q.tag from job_queue q where not q.in_line and q.tag > p.tag order by q.tag limit 1) as next
  where p.nth < $1
), live as materialized (
  select tag, count(*) as workers from worker w cross join unnest(w.tags) as tag
  where w.last_seen_at > now() - $2 * interval '1 millisecond' group by tag
), page as materialized (
  select tag, true as later from (select tag from line_tag union select tag from parked_tag) as found
  where $3::text[] is null or tag = any ($3) order by tag limit $4 offset $5
), bound as materialized (
  select greatest(100, least($6, $7 / greatest(1, count(*)))) as rows from page
)
select p.tag, b.rows as bound, line.n as in_line, later.n as scheduled, other.n - other.suspended as blocked, other.suspended,
  coalesce((select workers from live l where l.tag = p.tag), 0) as workers, head.age_ms as head_age_ms
from page p cross join bound b
cross join lateral (select count(*) as n from (
  select from job_queue q where q.tag = p.tag and q.in_line limit b.rows + 1) as r) as line
cross join lateral (select count(*) as n from (
  select from job_queue q where q.tag = p.tag and not q.in_line and q.is_later = p.later limit b.rows + 1) as r) as later
cross join lateral (select count(*) as n, count(*) filter (where r.state = 'suspended') as suspended from (
  select q.state from job_queue q where q.tag = p.tag and not q.in_line and not q.is_later limit b.rows + 1) as r) as other
left join lateral (
  select greatest(0, extract(epoch from clock_timestamp() - q.due_at) * 1000)::bigint as age_ms from job_queue q
  where q.tag = p.tag and q.in_line and q.state = 'ready' order by q.priority desc, q.fair, q.id limit 1) as head on true
order by p.tag`

/** Tags that have unfinished jobs, by name (Q35); `all` are the running ones of the same snapshot. Within `readLines`. */
export async function loadDepths(
  client: LineReader,
  all: AllHeld,
  { leaseMs, ...page }: TagPage & { readonly leaseMs: number },
): Promise<readonly Depth[]> {
  const { rows } = await client.query<Row>(DEPTHS, [
    TAGS_MAX,
    leaseMs,
    page.tags ?? null,
    page.limit,
    page.offset,
    COUNT_MAX,
    WALK_MAX,
  ])
  const running = countHeld(all.held, (held) => held.tag)
  return rows.map((row) => toDepth(row, running.get(row.tag) ?? 0, all.isCapped))
}

function toDepth({ tag, bound, ...row }: Row, running: number, isRunningCapped: boolean): Depth {
  const isOver = [row.in_line, row.scheduled, row.blocked, row.suspended].some((count) => count > bound)
  return {
    tag,
    ready: Math.max(0, Math.min(row.in_line, bound) - running),
    scheduled: Math.min(row.scheduled, bound),
    blocked: Math.min(row.blocked, bound),
    suspended: Math.min(row.suspended, bound),
    running,
    isCapped: isOver || isRunningCapped,
    headAgeMs: row.head_age_ms ?? undefined,
    workers: row.workers,
  }
}
