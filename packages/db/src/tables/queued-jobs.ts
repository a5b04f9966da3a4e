import { sql, type RawBuilder } from 'kysely'
import type { Queryable } from '../database.ts'
import { toWhere, type JobSelection } from '../job-conditions.ts'
import { JOB_FIELDS, type JobRow } from '../job-row.ts'

export type { JobColumn, JobCondition, JobSelection, JobTime } from '../job-conditions.ts'

/** A page of unfinished jobs. */
export interface QueuedPage extends JobSelection {
  readonly limit: number
  readonly offset: number
  readonly ascending: boolean
}

/** Unfinished jobs, newest ids first; no payloads. Walks `job_queue_of_workspace`. */
export async function listQueuedJobs(db: Queryable, page: QueuedPage): Promise<readonly JobRow[]> {
  const { rows } = await sql<JobRow>`
    select ${JOB_FIELDS}
    from job_queue q join job j on j.id = q.id left join worker w on w.id = q.worker_id left join job_cancel c on c.id = q.id
    left join job_outcome o on false
    where ${where(page)}
    order by q.id ${direction(page)} limit ${page.limit} offset ${page.offset}`.execute(db)
  return rows
}

/** The ids alone. */
export async function listQueuedIds(db: Queryable, page: QueuedPage): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select q.id from job_queue q join job j on j.id = q.id left join worker w on w.id = q.worker_id
    where ${where(page)}
    order by q.id ${direction(page)} limit ${page.limit} offset ${page.offset}`.execute(db)
  return rows.map((row) => row.id)
}

/** Those of the jobs that wait and have not begun; steps of runs are none of them. */
export async function listUnbegunIds(
  db: Queryable,
  workspace: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select q.id from job_queue q join job j on j.id = q.id
    where q.id = any (${ids}::uuid[]) and q.workspace_id = ${workspace} and q.attempt = 0
      and q.state in ('scheduled', 'blocked', 'ready') and j.flow_step_id is null`.execute(db)
  return rows.map((row) => row.id)
}

/** How many jobs that wait were due before an instant, counted up to `max`. */
export async function countDueBefore(db: Queryable, workspace: string, at: Date, max: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (
      select from job_queue where workspace_id = ${workspace} and state <> 'running' and due_at < ${at} limit ${max}
    ) as due`.execute(db)
  return rows[0]?.count ?? 0
}

/** When jobs began, finished ones too; those that have not are left out. */
export async function loadStartTimes(
  db: Queryable,
  workspace: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const { rows } = await sql<{ id: string; started_at: Date }>`
    select id, started_at from job_queue
    where id = any (${ids}::uuid[]) and workspace_id = ${workspace} and started_at is not null
    union all
    select id, started_at from job_outcome
    where id = any (${ids}::uuid[]) and workspace_id = ${workspace} and started_at is not null`.execute(db)
  return new Map(rows.map((row) => [row.id, row.started_at]))
}

/** How many unfinished jobs meet the conditions. */
export async function countQueuedJobs(db: Queryable, selection: JobSelection): Promise<number> {
  const asked =
    selection.conditions.length === 0 ? sql`` : sql`join job j on j.id = q.id left join worker w on w.id = q.worker_id`
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from job_queue q ${asked} where ${where(selection)}`.execute(db)
  return rows[0]?.count ?? 0
}

/** How many jobs wait or run, by tag; undefined tags are all, an undefined workspace is every one. */
export async function countQueue(
  db: Queryable,
  workspace: string | undefined,
  tags: readonly string[] | undefined,
): Promise<{ readonly all: number; readonly suspended: number }> {
  const row = await db
    .selectFrom('job_queue')
    .select((eb) => [
      eb.fn.countAll<number>().as('all'),
      sql<number>`count(*) filter (where state = 'suspended')`.as('suspended'),
    ])
    .$if(workspace !== undefined, (query) => query.where('workspace_id', '=', workspace ?? ''))
    .$if(tags !== undefined, (query) => query.where(sql<boolean>`tag = any(${tags})`))
    .executeTakeFirst()
  return { all: row?.all ?? 0, suspended: row?.suspended ?? 0 }
}

function where({ workspace, conditions }: JobSelection): RawBuilder<unknown> {
  const own = workspace === undefined ? sql`true` : sql`q.workspace_id = ${workspace}`
  return sql`${own} and ${toWhere(conditions, 'queued')}`
}

function direction({ ascending }: QueuedPage): RawBuilder<unknown> {
  return ascending ? sql`asc` : sql`desc`
}
