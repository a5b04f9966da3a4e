import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** How one kind of live worker isolates jobs. */
export interface SandboxRow {
  readonly sandbox: string
  readonly isolated: boolean
  readonly notice: string | null
}

/** Workers whose lease has not run out. */
export async function countLiveWorkers(db: Queryable, leaseMs: number): Promise<number> {
  const row = await db
    .selectFrom('worker')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('last_seen_at', '>', sql<Date>`now() - ${leaseMs} * interval '1 millisecond'`)
    .executeTakeFirst()
  return row?.count ?? 0
}

/** The sandboxes of live workers, each once. */
export async function listLiveSandboxes(db: Queryable, leaseMs: number): Promise<readonly SandboxRow[]> {
  return await db
    .selectFrom('worker')
    .select(['sandbox', 'isolated', 'notice'])
    .distinct()
    .where('last_seen_at', '>', sql<Date>`now() - ${leaseMs} * interval '1 millisecond'`)
    .orderBy('sandbox')
    .execute()
}

/** A worker with what it holds. */
export interface WorkerRow {
  readonly name: string
  readonly host: string
  readonly ip: string | null
  readonly worker_group: string
  readonly tags: string[]
  readonly slots: number
  readonly version: string
  readonly sandbox: string
  readonly isolated: boolean
  readonly notice: string | null
  readonly started_at: Date
  /** Seconds since it was last seen. */
  readonly silent_s: number
  readonly jobs_executed: number
  /** Jobs in its hands. */
  readonly held: number
  /** The one of them that began first. */
  readonly job_id: string | null
  readonly job_workspace: string | null
}

/** Workers that were seen within these seconds, the newest first. Walks `job_queue_held` for each. */
export async function listWorkers(
  db: Queryable,
  sinceS: number,
  page: { readonly limit: number; readonly offset: number },
): Promise<readonly WorkerRow[]> {
  const { rows } = await sql<WorkerRow>`
    select w.name, w.host, w.ip, w.worker_group, w.tags, w.slots, w.version, w.sandbox, w.isolated, w.notice,
      w.started_at, w.jobs_executed,
      greatest(0, extract(epoch from now() - w.last_seen_at))::double precision as silent_s,
      h.held, h.job_id, h.job_workspace
    from worker w cross join lateral (
      select count(*) as held, (array_agg(q.id order by q.started_at))[1] as job_id,
        (array_agg(q.workspace_id order by q.started_at))[1] as job_workspace
      from job_queue q where q.worker_id = w.id
    ) h
    where w.last_seen_at >= now() - ${sinceS} * interval '1 second'
    order by w.started_at desc, w.id desc limit ${page.limit} offset ${page.offset}`.execute(db)
  return rows
}

/** Every tag that some live worker serves. */
export async function listServedTags(db: Queryable, leaseMs: number): Promise<readonly string[]> {
  const { rows } = await sql<{ tag: string }>`
    select distinct unnest(tags) as tag from worker where last_seen_at > now() - ${leaseMs} * interval '1 millisecond'`.execute(
    db,
  )
  return rows.map((row) => row.tag)
}
