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
const CANCEL = `
with recursive family as (
  select q.id, q.workspace_id from job_queue q where q.id = any ($1::uuid[]) and ($2::text is null or q.workspace_id = $2)
  union
  select j.id, j.workspace_id from family f join job j on j.parent_job = f.id and j.workspace_id = f.workspace_id
), hit as materialized (
  select q.id, q.state, q.workspace_id from job_queue q where q.id = any (array(select f.id from family f)) order by q.id for update
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
select id, state = 'running' as ran, null as tag from hit
union all select distinct null::uuid, null::boolean, tag from let_in
union all select null::uuid, null::boolean, null from sequel`

/** The result of a cancelled job. */
export function canceledResult(by: string, reason: string | undefined): string {
  return JSON.stringify({ error: { name: 'Canceled', message: `canceled by ${by}${reason ? `: ${reason}` : ''}` } })
}

/** Ends what is not running and asks what is (Q15-Q17): one statement, and one transaction, for each `CANCEL_CHUNK` ids. */
export async function cancelJobs(db: Database, wish: CancelWish): Promise<Canceled> {
  const chunks: Canceled[] = []
  for (let at = 0; at < wish.ids.length; at += CANCEL_CHUNK)
    chunks.push(await cancelChunk(db, { ...wish, ids: wish.ids.slice(at, at + CANCEL_CHUNK) }))
  return {
    asked: chunks.flatMap((chunk) => chunk.asked),
    ended: chunks.flatMap((chunk) => chunk.ended),
    taken: chunks.flatMap((chunk) => chunk.taken),
    ready: [...new Set(chunks.flatMap((chunk) => chunk.ready))],
  }
}

async function cancelChunk(db: Database, { workspaceId, ids, by, reason, force }: CancelWish): Promise<Canceled> {
  const values = [ids, workspaceId ?? null, by, reason ?? null, force ?? false, canceledResult(by, reason)]
  const { rows } = await retryOnDeadlock(() =>
    db.pool.query<{ id: string | null; ran: boolean | null; tag: string | null }>({
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
