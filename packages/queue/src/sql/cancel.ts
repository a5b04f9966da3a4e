import type { Database } from '@millrace/db'
import { letIn } from './let-in.ts'
import { sequel } from './sequel.ts'

/** Who asks which jobs to end, with all unfinished jobs below them; `force` does not wait for workers. */
export interface CancelWish {
  /** Undefined is every workspace. */
  readonly workspaceId: string | undefined
  readonly ids: readonly string[]
  readonly by: string
  readonly reason?: string | undefined
  readonly force?: boolean | undefined
  /** Only what is below the jobs that are named, which may have ended. */
  readonly isBelow?: boolean | undefined
}

/** What a cancel did, jobs below the ones that were named included; a job that is in neither was no longer unfinished. */
export interface Canceled {
  /** They run, and their workers are told. */
  readonly asked: readonly string[]
  /** They are over now. */
  readonly ended: readonly string[]
  /** Those of `ended` that a worker still runs and must drop. */
  readonly taken: readonly string[]
  /** Tags of blocked jobs that may run now. */
  readonly ready: readonly string[]
}

/** Jobs that one statement starts from. */
export const CANCEL_CHUNK = 1000

// The jobs that were named and are unfinished, and every job below them: descents go through finished jobs too, for what they
// started may go on. Rows are locked in the order of their ids, so that two cancels never wait for each other, and what they say is
// read after the lock: a job that was claimed meanwhile is asked, one that ended is passed over.
// What a flow started while we waited for its row is below it and was not seen: whoever ends a flow looks below it once more.
const CANCEL = `
with recursive family as (
  select s.id, s.workspace_id from (
    select q.id, q.workspace_id from job_queue q where not $7 and q.id = any ($1::uuid[])
    union all
    select p.id, p.workspace_id from job p where $7 and p.id = any ($1::uuid[])
  ) as s where $2::text is null or s.workspace_id = $2
  union
  select j.id, j.workspace_id from family f join job j on j.parent_job = f.id and j.workspace_id = f.workspace_id
), hit as materialized (
  select q.id, q.state, q.workspace_id, q.has_sequel and exists (select from flow_run r where r.id = q.id) as is_frame
  from job_queue q where q.id = any (array(select f.id from family f)) order by q.id for update
), asked as (
  insert into job_cancel (id, workspace_id, canceled_by, reason)
  select id, workspace_id, $3, $4 from hit where state = 'running' and not $5
  on conflict (id) do nothing
), gone as (
  delete from job_queue q using hit h where q.id = h.id and (h.state <> 'running' or $5)
  returning q.id, q.workspace_id, q.started_at, q.due_at, q.attempt, q.has_sequel, 'canceled' as status,
    case when h.state in ('ready', 'running') then q.concurrency_key end as concurrency_key
), written as (
  insert into job_outcome (id, workspace_id, status, result, started_at, finished_at, duration_ms, wait_ms, attempt, canceled_by,
    canceled_reason)
  select id, workspace_id, 'canceled', $6::json, started_at, clock_timestamp(),
    greatest(0, coalesce(extract(epoch from clock_timestamp() - started_at) * 1000, 0))::bigint,
    greatest(0, extract(epoch from coalesce(started_at, clock_timestamp()) - due_at) * 1000)::bigint, attempt, $3, $4
  from gone
), let_in as (${letIn('gone')}
), sequel as (${sequel('gone')})
select id, state = 'running' as ran, null as tag, is_frame from hit
union all select distinct null::uuid, null::boolean, tag, null::boolean from let_in
union all select null::uuid, null::boolean, null, null::boolean from sequel`

/** The result of a cancelled job. */
export function canceledResult(by: string, reason: string | undefined): string {
  return JSON.stringify({ error: { name: 'Canceled', message: `canceled by ${by}${reason ? `: ${reason}` : ''}` } })
}

/** Ends what is not running and asks what is (Q15-Q17): one statement, and one transaction, for each `CANCEL_CHUNK` ids. */
export async function cancelJobs(db: Database, wish: CancelWish): Promise<Canceled> {
  const chunks: Canceled[] = []
  for (let at = 0; at < wish.ids.length; at += CANCEL_CHUNK)
    chunks.push(...(await cancelFamilies(db, { ...wish, ids: wish.ids.slice(at, at + CANCEL_CHUNK) })))
  return {
    asked: chunks.flatMap((chunk) => chunk.asked),
    ended: chunks.flatMap((chunk) => chunk.ended),
    taken: chunks.flatMap((chunk) => chunk.taken),
    ready: [...new Set(chunks.flatMap((chunk) => chunk.ready))],
  }
}

/** Until no flow was among what ended: nothing starts below a flow that is over. */
async function cancelFamilies(db: Database, wish: CancelWish): Promise<readonly Canceled[]> {
  const passes: Canceled[] = []
  for (let next = wish; next.ids.length > 0;) {
    const { frames, ...canceled } = await cancelChunk(db, next)
    passes.push(canceled)
    next = { ...wish, ids: frames, isBelow: true }
  }
  return passes
}

async function cancelChunk(db: Database, wish: CancelWish): Promise<Canceled & { readonly frames: readonly string[] }> {
  const { workspaceId, ids, by, reason, force, isBelow } = wish
  const values = [
    ids,
    workspaceId ?? null,
    by,
    reason ?? null,
    force ?? false,
    canceledResult(by, reason),
    isBelow ?? false,
  ]
  const { rows } = await retryOnDeadlock(() =>
    db.pool.query<{ id: string | null; ran: boolean | null; tag: string | null; is_frame: boolean | null }>({
      name: 'cancel',
      text: CANCEL,
      values,
    }),
  )
  const running = rows.flatMap((row) => (row.id !== null && row.ran ? [row.id] : []))
  const waiting = rows.flatMap((row) => (row.id !== null && !row.ran ? [row.id] : []))
  return {
    asked: force ? [] : running,
    ended: force ? [...running, ...waiting] : waiting,
    taken: force ? running : [],
    ready: rows.flatMap((row) => row.tag ?? []),
    frames: rows.flatMap((row) => (row.id !== null && row.is_frame && (force || !row.ran) ? [row.id] : [])),
  }
}

/** Completions lock their rows in no order: PostgreSQL ends one of the two, and a completion tries again by itself too. */
async function retryOnDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 3; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !isDeadlock(error)) throw error
    }
  }
}

function isDeadlock(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '40P01'
}
