import type { Connection } from '@millrace/db'
import type { JobState } from '../states.ts'

/** What is known of an unfinished job and of what it may wait for, at one instant. */
export interface WaitFacts {
  readonly id: string
  readonly state: JobState
  readonly tag: string
  readonly now: Date
  readonly dueAt: Date
  /** Runs that failed and how many are allowed; 0 allowed is no retry. */
  readonly failures: number
  readonly retries: number
  /** Calls with this key are gathered into it. */
  readonly debounceKey: string | undefined
  readonly startedAt: Date | undefined
  /** The worker that holds it, as long as it has a row. */
  readonly worker: { readonly name: string; readonly seenAt: Date } | undefined
  readonly cancel: CancelFacts | undefined
  readonly key: KeyFacts | undefined
  readonly line: LineFacts
  /** Unfinished jobs that it started. */
  readonly children: number
  /** What it waits for of people, where nothing else of it is under way. */
  readonly awaited: AwaitedFacts | undefined
}

export interface AwaitedFacts {
  /** The frame that asked. */
  readonly frame: string
  /** The run of the flow that asks, where it is another one than the job's own. */
  readonly run: string | null
  readonly step: string
  readonly missing: number
  readonly until: string | null
  /** Who may answer, as the flow says. */
  readonly suspend: unknown
  readonly startedBy: string
}

export interface CancelFacts {
  readonly by: string
  readonly askedAt: Date
  readonly signalledAt: Date | undefined
  readonly killedAt: Date | undefined
}

export interface KeyFacts {
  readonly key: string
  readonly limit: number
  readonly heldBy: readonly string[]
  readonly heldElsewhere: number
  readonly windowEndsAt: Date | undefined
}

/** The line of the job's tag. */
export interface LineFacts {
  /** Live workers that serve the tag, and their slots. */
  readonly workers: number
  readonly slots: number
  readonly hasRoom: boolean
  readonly servedTags: readonly string[]
  /** Undefined behind what was walked, or when it is not in the line. */
  readonly position: number | undefined
  readonly headDueAt: Date | undefined
}

/** Which jobs; `walkMax` bounds how far each line is walked for places. */
export interface WaitQuestion {
  /** Undefined is every workspace. */
  readonly workspaceId: string | undefined
  readonly ids: readonly string[]
  readonly leaseMs: number
  readonly walkMax: number
}

// One statement: the jobs by primary key, each of their lines (tags) and keys once. A line is walked from its front as far as it is
// told; a worker's load is what it holds (`job_queue_held`). Sees every workspace, and tells ids of the job's own only.
const FACTS = `
with wanted as materialized (
  select * from job_queue q where q.id = any ($1::uuid[]) and ($2::text is null or q.workspace_id = $2)
), live as materialized (
  select w.tags, w.slots, (select count(*) from job_queue h where h.worker_id = w.id) as held from worker w
  where w.last_seen_at > now() - $3 * interval '1 millisecond'
), line as materialized (
  select t.tag, s.*, h.head_due_at from (select distinct tag from wanted where state = 'ready') as t
  cross join lateral (
    select count(*) as workers, coalesce(sum(slots), 0)::int as slots, coalesce(bool_or(held < slots), false) as has_room
    from live where t.tag = any (live.tags)
  ) as s
  left join lateral (
    select q.due_at as head_due_at from job_queue q where q.tag = t.tag and q.state = 'ready'
    order by q.priority desc, q.fair, q.id limit 1
  ) as h on true
), place as materialized (
  select f.id, row_number() over (partition by l.tag order by f.priority desc, f.fair, f.id) as position
  from line l cross join lateral (
    select q.id, q.priority, q.fair from job_queue q where q.tag = l.tag and q.state = 'ready'
    order by q.priority desc, q.fair, q.id limit $4
  ) as f
), held as materialized (
  select k.key, k.workspace_id, c.slots,
    array(select q.id from job_queue q where q.concurrency_key = k.key and q.state in ('ready', 'running')
      and q.workspace_id = k.workspace_id order by q.started_at nulls last limit 20) as held_by,
    (select count(*) from (select from job_queue q where q.concurrency_key = k.key and q.state in ('ready', 'running')
      and q.workspace_id <> k.workspace_id limit 1000) as others) as held_elsewhere,
    (select min(s.free_at) from concurrency_slot s where s.key = k.key and s.free_at > now() and s.free_at < '9000-01-01') as window_ends_at
  from (select distinct concurrency_key as key, workspace_id from wanted where state = 'blocked') as k
  left join concurrency_key c on c.key = k.key
)
select q.id, q.state, q.tag, now() as now, q.due_at,
  case when q.has_sequel and exists (select from flow_run r where r.id = q.id) then 0 else q.failures end as failures,
  coalesce((j.options #>> '{retry,constant,attempts}')::int, 0) + coalesce((j.options #>> '{retry,exponential,attempts}')::int, 0) as retries,
  j.options #>> '{debounce,key}' as debounce_key,
  q.started_at, w.name as worker_name, w.last_seen_at as worker_seen_at, c.canceled_by, c.asked_at, c.signalled_at, c.killed_at,
  q.concurrency_key, h.slots as key_slots, h.held_by::text[] as held_by, h.held_elsewhere, h.window_ends_at, l.workers, l.slots,
  l.has_room, l.head_due_at, p.position,
  case when l.workers = 0 then array(select distinct t from live cross join unnest(live.tags) as t order by t limit 100) end as served_tags,
  case when q.state = 'suspended' then (select count(*) from job d join job_queue dq on dq.id = d.id where d.parent_job = q.id) end as children,
  case when q.has_sequel and q.state in ('suspended', 'scheduled') then flow_awaited(q.id, coalesce(j.root_job, j.id)) end as awaited, j.created_by
from wanted q left join job j on j.id = q.id left join worker w on w.id = q.worker_id left join job_cancel c on c.id = q.id
left join line l on l.tag = q.tag and q.state = 'ready' left join place p on p.id = q.id
left join held h on h.key = q.concurrency_key and h.workspace_id = q.workspace_id and q.state = 'blocked'`

interface Row {
  readonly id: string
  readonly state: JobState
  readonly tag: string
  readonly now: Date
  readonly due_at: Date
  readonly failures: number
  readonly retries: number
  readonly debounce_key: string | null
  readonly started_at: Date | null
  readonly worker_name: string | null
  readonly worker_seen_at: Date | null
  readonly canceled_by: string | null
  readonly asked_at: Date | null
  readonly signalled_at: Date | null
  readonly killed_at: Date | null
  readonly concurrency_key: string | null
  readonly key_slots: number | null
  readonly held_by: readonly string[] | null
  readonly held_elsewhere: number | null
  readonly window_ends_at: Date | null
  readonly workers: number | null
  readonly slots: number | null
  readonly has_room: boolean | null
  readonly head_due_at: Date | null
  readonly position: number | null
  readonly served_tags: readonly string[] | null
  readonly children: number | null
  readonly awaited: Omit<AwaitedFacts, 'startedBy'> | null
  readonly created_by: string | null
}

/** The facts of those of the jobs that are unfinished. */
export async function loadWaitFacts(db: Connection, question: WaitQuestion): Promise<readonly WaitFacts[]> {
  const { workspaceId, ids, leaseMs, walkMax } = question
  if (ids.length === 0) return []
  const { rows } = await db.query<Row>(FACTS, [ids, workspaceId ?? null, leaseMs, walkMax])
  return rows.map(toFacts)
}

function toFacts(row: Row): WaitFacts {
  const { id, state, tag, now, failures, retries } = row
  return {
    id,
    state,
    tag,
    now,
    failures,
    retries,
    debounceKey: row.debounce_key ?? undefined,
    dueAt: row.due_at,
    startedAt: row.started_at ?? undefined,
    worker:
      row.worker_name === null || row.worker_seen_at === null
        ? undefined
        : { name: row.worker_name, seenAt: row.worker_seen_at },
    cancel: toCancel(row),
    key: toKey(row),
    line: {
      workers: row.workers ?? 0,
      slots: row.slots ?? 0,
      hasRoom: row.has_room ?? false,
      servedTags: row.served_tags ?? [],
      position: row.position ?? undefined,
      headDueAt: row.head_due_at ?? undefined,
    },
    children: row.children ?? 0,
    awaited: row.awaited ? { ...row.awaited, startedBy: row.created_by ?? '' } : undefined,
  }
}

function toCancel(row: Row): CancelFacts | undefined {
  if (row.canceled_by === null || row.asked_at === null) return undefined
  return {
    by: row.canceled_by,
    askedAt: row.asked_at,
    signalledAt: row.signalled_at ?? undefined,
    killedAt: row.killed_at ?? undefined,
  }
}

function toKey(row: Row): KeyFacts | undefined {
  if (row.concurrency_key === null) return undefined
  return {
    key: row.concurrency_key,
    limit: row.key_slots ?? 0,
    heldBy: row.held_by ?? [],
    heldElsewhere: row.held_elsewhere ?? 0,
    windowEndsAt: row.window_ends_at ?? undefined,
  }
}
