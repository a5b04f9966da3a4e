import type { Connection } from '@millrace/db'
import { hasSequel, type ClaimedJob, type NewJob } from '../job.ts'
import { CHANNEL } from './channel.ts'
import { claimColumns, toClaimedJob, type ClaimRow } from './claim.ts'
import { columns } from './columns.ts'

/** What a statement is given of each job, in the order of `row`. */
const GIVEN = [
  'id uuid, workspace_id text, kind text, script_path text, script_hash text, language text, raw_code text, args text',
  'tag text, created_by text, email text, permissioned_as text, due timestamptz, parent_job uuid, root_job uuid',
  'trigger_kind text, timeout_ms int, attempts_max smallint, priority smallint, visible_to_owner bool, awaited bool',
  'options text, concurrency_key text, memory_mb int, floor bigint, trigger_path text, due_in_ms bigint, has_sequel bool',
  'flow_step_id text, flow_step_index int, flow_step_failures smallint',
]
  .flatMap((line) => line.split(', '))
  .map((column) => column.split(' '))

/** What a statement is for. One job needs no arrays, no groups and no count of rows, which are a quarter of its time. */
interface Shape {
  readonly isOne: boolean
  readonly does: 'write' | 'begin' | 'tell'
}

// Appends to today's partition of `job` and to `job_queue`. One transaction, being one statement. For each line (tag, priority)
// and tenant among the new ready jobs it probes two indexes once: the head of the line, at or after the place where it was last
// seen (what stood before is gone, and may not be vacuumed yet), and the tenant's last place (see `queue_place` in the
// migration, which is this without the memory). Jobs with a concurrency key begin `blocked` and are let in afterwards.
function enqueueText({ isOne, does }: Shape): string {
  const begins = does === 'begin'
  return `
with given as (
  ${isOne ? ONE : MANY}
), input as (
  select *, greatest(coalesce(due, now() + due_in_ms * interval '1 millisecond'), now()) as due_at from given
), asked as (
  insert into job (id, workspace_id, kind, script_path, script_hash, language, raw_code, args, tag, created_by, email,
    permissioned_as, parent_job, root_job, trigger_kind, timeout_ms, attempts_max, priority, visible_to_owner, awaited, options,
    trigger_path, flow_step_id, flow_step_index, flow_step_failures)
  select id, workspace_id, kind, script_path, script_hash, language, raw_code, args::json, tag, created_by, email,
    permissioned_as, parent_job, root_job, trigger_kind, timeout_ms, attempts_max, priority, visible_to_owner, awaited,
    options::json, trigger_path, flow_step_id, flow_step_index, flow_step_failures
  from input${begins ? ' returning *' : ''}
), line as materialized (
  select g.tag, g.priority, g.workspace_id, head.fair as head,
    greatest(coalesce(head.fair, 0), case when own.fair is null then 0 else own.fair + ceil(${isOne ? COST : 'g.cost'})::bigint end) as place
    ${isOne ? '' : ', g.cost'}
  from (
    select tag, priority, workspace_id, ${isOne ? 'floor' : `min(floor) as floor, ${COST} as cost`} from input
    where (due_at > now()) is not true and concurrency_key is null ${isOne ? '' : 'group by tag, priority, workspace_id'}
  ) as g
  left join lateral (
    select fair from job_queue q where q.tag = g.tag and q.priority = g.priority and q.in_line and q.state = 'ready' and q.fair >= g.floor
    order by q.fair, q.id limit 1
  ) as head on true
  left join lateral (
    select fair from job_queue q where q.tag = g.tag and q.priority = g.priority and q.workspace_id = g.workspace_id
      and q.in_line and q.state = 'ready' and q.fair >= g.floor
    order by q.fair desc limit 1
  ) as own on true
), ${begins ? IDLE : ''}queued as (
  insert into job_queue (id, workspace_id, tag, state, priority, fair, due_at, concurrency_key, memory_mb,
    has_sequel${begins ? ', worker_id, attempt, started_at' : ''})
  select i.id, i.workspace_id, i.tag, case when i.due_at > now() then 'scheduled' when i.concurrency_key is not null then 'blocked'
      ${begins ? "when idle.id is not null then 'running'" : ''} else 'ready' end, i.priority,
    ${isOne ? 'coalesce(l.place, 0)' : PLACE},
    coalesce(i.due_at, now()), i.concurrency_key, i.memory_mb, i.has_sequel${begins ? HELD : ''}
  from input i left join line l on l.tag = i.tag and l.priority = i.priority and l.workspace_id = i.workspace_id
    and (i.due_at > now()) is not true and i.concurrency_key is null
  ${begins ? 'left join idle on true returning *' : ''}
)
${begins ? BEGUN : 'select tag as line, priority as class, head::text as head from line'}${does === 'tell' ? TOLD : ''}`
}

const COST = 'queue_cost(workspace_id)'
const ONE = `select ${GIVEN.map(([name, type], nth) => `$${nth + 1}::${type} as ${name}`).join(', ')}`
const MANY = `select * from unnest(${GIVEN.map(([, type], nth) => `$${nth + 1}::${type}[]`).join(', ')}) with ordinality
  as t(${GIVEN.map(([name]) => name).join(', ')}, nth)`
const PLACE = `coalesce(l.place + ceil(l.cost * (row_number() over (
      partition by i.tag, i.priority, i.workspace_id, l.place is null order by i.nth) - 1))::bigint, 0)`

/** Of an instance where more runs in a worker's lines, those who enqueue do not look whether it is idle. */
const RUNNING_MAX = 100

// The worker with the slots, if it lives and nobody is ready in the lines that it serves (Q44). Its row is locked against the keeper as
// in `claim_jobs` (Q20); where the keeper has it, nobody waits. What runs stands in its line, so the look at them is bounded.
const IDLE = `idle as materialized (
  select w.id from worker w
  where w.id = $${GIVEN.length + 1} and (
    select count(*) < ${RUNNING_MAX} and bool_and(q.state <> 'ready') is not false
    from (select q.state from job_queue q where q.tag = any ($${GIVEN.length + 2}::text[]) and q.in_line limit ${RUNNING_MAX}) as q)
  for key share skip locked
), `
const HELD = `, idle.id, case when idle.id is null then 0 else 1 end,
    case when idle.id is not null then clock_timestamp() end`
const BEGUN = `
select l.tag as line, l.priority as class, l.head::text as head, begun.*
from line l left join (
  select ${claimColumns('a', 'q')} from queued q join asked a on a.id = q.id where q.state = 'running'
) as begun on begun.tag = l.tag and begun.priority = l.priority and begun.workspace_id = l.workspace_id`

// Sent as the transaction commits, once. That commit does not wait for the disk (Q46): it holds a database-wide lock until it is over, and
// who hears of the jobs asks for them meanwhile.
const TOLD = `
cross join (select pg_notify('${CHANNEL}', $${GIVEN.length + 1}), set_config('synchronous_commit', 'off', true)) as told`

const texts = {
  one: textsOf(true),
  many: textsOf(false),
}

function textsOf(isOne: boolean) {
  const does = (what: Shape['does']) => enqueueText({ isOne, does: what })
  return { write: does('write'), begin: does('begin'), tell: does('tell') }
}

/** Rows in one statement at the most. */
export const ENQUEUE_CHUNK = 1000

const ADMIT = `
with wanted as (
  select key, max(slots) as slots, max(window_s) as window_s from unnest($1::text[], $2::int[], $3::int[]) as t(key, slots, window_s)
  group by key
), known as (
  insert into concurrency_key (key, slots, window_s) select key, slots, window_s from wanted order by key
  on conflict (key) do update set slots = excluded.slots, window_s = excluded.window_s, used_at = now()
  where concurrency_key.slots <> excluded.slots or concurrency_key.window_s is distinct from excluded.window_s
    or concurrency_key.used_at < now() - interval '1 hour'
)
select`

/** Where the head of a line was seen a moment ago, by tag and priority. */
export interface LineHeads {
  get(line: string): string | undefined
}

/** The name of a line in `LineHeads`. */
export function lineOf(tag: string, priority: number): string {
  return `${priority} ${tag}`
}

/** A line as a statement found it; without a head nobody stood in it. */
export interface LineSeen {
  readonly line: string
  readonly head: string | undefined
}

/** A job with its id, ready to be written. */
export type IdentifiedJob = NewJob & { readonly id: string }

/** A worker with free slots for all jobs of a statement. */
export interface IdleWorker {
  readonly workerId: string
  /** Of all lines that it serves. */
  readonly tags: readonly string[]
}

/** What a statement wrote. */
export interface Inserted {
  readonly lines: readonly LineSeen[]
  /** Jobs that the idle worker holds: all of them or none. */
  readonly begun: readonly ClaimedJob[]
}

interface EnqueueRow extends ClaimRow {
  readonly line: string
  readonly class: number
  readonly head: string | null
}

/** What a statement does beside writing jobs; one of both. */
export interface InsertExtras {
  /** Jobs that can all begin now are written as held by it, if it lives and nobody stands before them (Q44). */
  readonly idle?: IdleWorker | undefined
  /** A message that it sends to everybody as it commits; the jobs are not durable before `makeDurable`. */
  readonly message?: string | undefined
}

/** Writes at most `ENQUEUE_CHUNK` jobs, in a transaction of the caller or one of its own. */
export async function insertJobs(
  db: Connection,
  jobs: readonly IdentifiedJob[],
  heads: LineHeads,
  { idle, message }: InsertExtras = {},
): Promise<Inserted> {
  const { rows: seen } = await db.query<EnqueueRow>(
    statement(
      jobs.map((job) => row(job, heads)),
      { idle, message },
    ),
  )
  return {
    lines: seen.map(({ line, class: priority, head }) => ({ line: lineOf(line, priority), head: head ?? undefined })),
    begun: idle ? seen.filter((found) => found.id !== null).map((found) => toBegun(found, jobs)) : [],
  }
}

function toBegun(found: EnqueueRow, jobs: readonly IdentifiedJob[]): ClaimedJob {
  return { ...toClaimedJob(found), asked: jobs.find(({ id }) => id === found.id) }
}

function statement(rows: readonly unknown[][], { idle, message }: InsertExtras) {
  const [only] = rows.length === 1 ? rows : []
  const count = only ? 'one' : 'many'
  const values = only ?? columns(rows)
  if (idle)
    return { name: `enqueue-${count}-begin`, text: texts[count].begin, values: [...values, idle.workerId, idle.tags] }
  if (message !== undefined)
    return { name: `enqueue-${count}-tell`, text: texts[count].tell, values: [...values, message] }
  return { name: `enqueue-${count}`, text: texts[count].write, values }
}

/** Whether a job waits for a time, or may: whether an instant is past, only the database's clock can tell. */
export function mayWait(job: NewJob): boolean {
  return job.dueAt !== undefined || isLater(job)
}

/** Whether a job waits for a time, for certain. */
export function isLater(job: NewJob): boolean {
  return (job.dueInMs ?? 0) > 0
}

/**
 * Notes the limits of the jobs' keys, also for jobs that are blocked only when they are due, and lets in what was enqueued
 * `blocked` as far as there are free slots; the tags that have ready jobs now.
 */
export async function admitJobs(db: Connection, jobs: readonly NewJob[]): Promise<readonly string[]> {
  const limits = jobs.flatMap((job) => job.options?.concurrency ?? [])
  if (limits.length === 0) return []
  const keys = [...new Map(limits.map((limit) => [limit.key, limit])).values()]
  await db.query({
    name: 'know-keys',
    text: ADMIT,
    values: [
      keys.map((limit) => limit.key),
      keys.map((limit) => limit.limit),
      keys.map((limit) => limit.windowS ?? null),
    ],
  })
  return await settleKeys(
    db,
    keys.map((limit) => limit.key),
  )
}

/** Lets blocked jobs of the keys in; the tags that have ready jobs now. */
export async function settleKeys(db: Connection, keys: readonly string[]): Promise<readonly string[]> {
  const { rows } = await db.query<{ tag: string }>({
    name: 'settle-keys',
    text: 'select distinct tag from settle_concurrency($1, null, null) as tag',
    values: [keys],
  })
  return rows.map((found) => found.tag)
}

function row(job: IdentifiedJob, heads: LineHeads): unknown[] {
  const priority = job.priority ?? 0
  return [
    job.id,
    job.workspaceId,
    job.kind,
    job.scriptPath,
    job.scriptHash,
    job.language,
    job.rawCode,
    job.args === undefined ? undefined : JSON.stringify(job.args),
    job.tag,
    job.createdBy,
    job.email,
    job.permissionedAs,
    job.dueAt?.toISOString(),
    job.parentJob,
    job.rootJob,
    job.triggerKind,
    job.timeoutMs,
    job.attemptsMax ?? 3,
    priority,
    job.visibleToOwner ?? true,
    job.awaited ?? false,
    job.options && JSON.stringify(job.options),
    job.options?.concurrency?.key,
    job.memoryMb ?? 0,
    heads.get(lineOf(job.tag, priority)) ?? '0',
    job.triggerPath,
    job.dueInMs,
    hasSequel(job),
    job.options?.step?.module,
    job.options?.step?.index,
    job.options?.step?.failures,
  ]
}
