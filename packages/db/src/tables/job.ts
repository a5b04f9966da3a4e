import { sql, type RawBuilder } from 'kysely'
import type { Queryable } from '../database.ts'

/** A job with its place in the queue or its outcome; `state` is null once it has ended, `status` until then. */
export interface JobRow {
  readonly id: string
  readonly workspace_id: string
  readonly kind: string
  readonly script_path: string | null
  readonly script_hash: string | null
  readonly language: string | null
  readonly tag: string
  readonly created_by: string
  readonly email: string
  readonly permissioned_as: string
  readonly created_at: Date
  readonly parent_job: string | null
  readonly root_job: string | null
  readonly flow_step_id: string | null
  readonly trigger_kind: string | null
  readonly priority: number
  readonly visible_to_owner: boolean
  readonly state: string | null
  readonly due_at: Date | null
  readonly queue_attempt: number | null
  readonly queue_started_at: Date | null
  readonly worker_name: string | null
  readonly worker_seen_at: Date | null
  readonly cancel_by: string | null
  readonly cancel_reason: string | null
  readonly status: string | null
  readonly started_at: Date | null
  readonly finished_at: Date | null
  readonly duration_ms: number | null
  readonly wait_ms: number | null
  readonly worker: string | null
  readonly memory_peak_bytes: number | null
  readonly cpu_ms: number | null
  readonly canceled_by: string | null
  readonly canceled_reason: string | null
}

/** With everything that may be large; `args` and `result` are JSON texts. */
export interface WholeJobRow extends JobRow {
  readonly raw_code: string | null
  readonly args: string | null
  readonly result: string | null
}

/** The end of a job; `result` is JSON text, null for none. */
export interface OutcomeRow {
  readonly status: string
  readonly result: string | null
}

/** Which jobs; an undefined workspace is every one. */
export interface JobSelection {
  readonly workspace: string | undefined
  /** All of them hold. */
  readonly conditions: readonly JobCondition[]
}

/** A page of a list. */
export interface JobListQuery extends JobSelection {
  readonly limit: number
  readonly offset: number
  readonly ascending: boolean
}

/** One condition of a list. Conditions on the queue (`running`, `due`) hold for unfinished jobs only. */
export type JobCondition =
  | {
      readonly test: 'in' | 'not in' | 'starts with' | 'not starts with'
      readonly column: JobColumn
      readonly values: readonly string[]
    }
  | { readonly test: 'before' | 'after'; readonly column: JobTime; readonly at: Date }
  | { readonly test: 'contains'; readonly column: keyof typeof payloads; readonly json: string }
  | { readonly test: 'is null' | 'is not null'; readonly column: keyof typeof nullables }
  | { readonly test: 'running' | 'not running' | 'due' | 'not due' }

const columns = {
  created_by: sql`j.created_by`,
  worker: sql`coalesce(o.worker, w.name)`,
  parent_job: sql`j.parent_job::text`,
  script_path: sql`j.script_path`,
  script_hash: sql`j.script_hash`,
  kind: sql`j.kind`,
  tag: sql`j.tag`,
  trigger_kind: sql`j.trigger_kind`,
  status: sql`o.status`,
} as const

const times = {
  created_at: sql`j.created_at`,
  started_at: sql`coalesce(o.started_at, q.started_at)`,
  finished_at: sql`o.finished_at`,
  created_or_started_at: sql`coalesce(o.started_at, q.started_at, j.created_at)`,
} as const

const payloads = { args: sql`j.args`, result: sql`o.result` } as const
const nullables = { parent_job: sql`j.parent_job`, flow_step_id: sql`j.flow_step_id` } as const

export type JobColumn = keyof typeof columns
export type JobTime = keyof typeof times

const FIELDS = sql`j.id, j.workspace_id, j.kind, j.script_path, j.script_hash, j.language, j.tag, j.created_by, j.email,
  j.permissioned_as, j.created_at, j.parent_job, j.root_job, j.flow_step_id, j.trigger_kind, j.priority, j.visible_to_owner,
  q.state, q.due_at, q.attempt as queue_attempt, q.started_at as queue_started_at, w.name as worker_name,
  w.last_seen_at as worker_seen_at, c.canceled_by as cancel_by, c.reason as cancel_reason,
  o.status, o.started_at, o.finished_at, o.duration_ms, o.wait_ms, o.worker, o.memory_peak_bytes, o.cpu_ms, o.canceled_by,
  o.canceled_reason`

/** A job by id with its payloads, from one snapshot: it is never both in the queue and ended. */
export async function findJob(db: Queryable, workspace: string, id: string): Promise<WholeJobRow | undefined> {
  const { rows } = await sql<WholeJobRow>`
    select ${FIELDS}, j.raw_code, j.args::text as args, o.result::text as result
    from job j left join job_queue q on q.id = j.id left join job_outcome o on o.id = j.id
    left join worker w on w.id = q.worker_id left join job_cancel c on c.id = q.id
    where j.id = ${id} and j.workspace_id = ${workspace}`.execute(db)
  return rows[0]
}

/** A job by id without payloads. */
export async function findJobState(db: Queryable, workspace: string, id: string): Promise<JobRow | undefined> {
  const { rows } = await sql<JobRow>`
    select ${FIELDS}
    from job j left join job_queue q on q.id = j.id left join job_outcome o on o.id = j.id
    left join worker w on w.id = q.worker_id left join job_cancel c on c.id = q.id
    where j.id = ${id} and j.workspace_id = ${workspace}`.execute(db)
  return rows[0]
}

/** How a job ended; undefined while it has not. */
export async function findOutcome(db: Queryable, workspace: string, id: string): Promise<OutcomeRow | undefined> {
  const { rows } = await sql<OutcomeRow>`
    select status, result::text as result from job_outcome where id = ${id} and workspace_id = ${workspace}`.execute(db)
  return rows[0]
}

/** Arguments as JSON text; undefined when there is no such job. */
export async function findArgs(
  db: Queryable,
  workspace: string,
  id: string,
): Promise<{ args: string | null } | undefined> {
  const { rows } = await sql<{ args: string | null }>`
    select args::text as args from job where id = ${id} and workspace_id = ${workspace}`.execute(db)
  return rows[0]
}

/** Whom a running job acts for; undefined when it does not run. Looks in every workspace: its token says only the id. */
export async function findRunningJob(
  db: Queryable,
  id: string,
): Promise<{ workspace_id: string; email: string; created_by: string; permissioned_as: string } | undefined> {
  const { rows } = await sql<{ workspace_id: string; email: string; created_by: string; permissioned_as: string }>`
    select j.workspace_id, j.email, j.created_by, j.permissioned_as
    from job_queue q join job j on j.id = q.id where q.id = ${id} and q.state = 'running'`.execute(db)
  return rows[0]
}

/** Unfinished jobs, newest ids first; no payloads. Walks `job_queue_of_workspace`. */
export async function listQueuedJobs(db: Queryable, query: JobListQuery): Promise<readonly JobRow[]> {
  const { rows } = await sql<JobRow>`
    select ${FIELDS}
    from job_queue q join job j on j.id = q.id left join job_outcome o on o.id = q.id
    left join worker w on w.id = q.worker_id left join job_cancel c on c.id = q.id
    where ${where(query, sql`q.workspace_id`)}
    order by q.id ${direction(query)} limit ${query.limit} offset ${query.offset}`.execute(db)
  return rows
}

/** Finished jobs, newest first; no payloads. Walks `job_newest`. */
export async function listFinishedJobs(db: Queryable, query: JobListQuery): Promise<readonly JobRow[]> {
  const { rows } = await sql<JobRow>`
    select ${FIELDS}
    from job j join job_outcome o on o.id = j.id left join job_queue q on q.id = j.id
    left join worker w on w.id = q.worker_id left join job_cancel c on c.id = q.id
    where ${where(query, sql`j.workspace_id`)}
    order by j.created_at ${direction(query)}, j.id ${direction(query)} limit ${query.limit} offset ${query.offset}`.execute(
    db,
  )
  return rows
}

/** How many unfinished jobs meet the conditions. */
export async function countQueuedJobs(db: Queryable, query: JobSelection): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from job_queue q join job j on j.id = q.id left join job_outcome o on o.id = q.id
    left join worker w on w.id = q.worker_id where ${where(query, sql`q.workspace_id`)}`.execute(db)
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

/** How many outcomes are kept, of jobs with these tags. */
export async function countOutcomes(
  db: Queryable,
  workspace: string,
  tags: readonly string[] | undefined,
): Promise<number> {
  const byTag = tags && sql`and exists (select from job j where j.id = o.id and j.tag = any(${tags}))`
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from job_outcome o where o.workspace_id = ${workspace} ${byTag ?? sql``}`.execute(db)
  return rows[0]?.count ?? 0
}

/** Whether more than `limit` jobs of a tag are ready and wait for a worker. */
export async function isQueueLongerThan(
  db: Queryable,
  workspace: string,
  tag: string,
  limit: number,
): Promise<boolean> {
  const { rows } = await sql`
    select from job_queue where workspace_id = ${workspace} and tag = ${tag} and in_line and state = 'ready'
    limit 1 offset ${limit}`.execute(db)
  return rows.length > 0
}

function direction(query: JobListQuery): RawBuilder<unknown> {
  return query.ascending ? sql`asc` : sql`desc`
}

function where(query: JobSelection, workspace: RawBuilder<unknown>): RawBuilder<unknown> {
  const parts = query.conditions.map(toSql)
  if (query.workspace !== undefined) parts.unshift(sql`${workspace} = ${query.workspace}`)
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `)
}

function toSql(condition: JobCondition): RawBuilder<unknown> {
  switch (condition.test) {
    case 'in':
      return sql`${columns[condition.column]} = any(${condition.values})`
    case 'not in':
      return sql`(${columns[condition.column]} = any(${condition.values})) is not true`
    case 'starts with':
      return sql`exists (select from unnest(${condition.values}::text[]) p where starts_with(${columns[condition.column]}, p))`
    case 'not starts with':
      return sql`not exists (select from unnest(${condition.values}::text[]) p where starts_with(${columns[condition.column]}, p))`
    case 'before':
      return sql`${times[condition.column]} < ${condition.at}`
    case 'after':
      return sql`${times[condition.column]} > ${condition.at}`
    case 'contains':
      return sql`json_contains(${payloads[condition.column]}, ${condition.json}::jsonb)`
    case 'is null':
      return sql`${nullables[condition.column]} is null`
    case 'is not null':
      return sql`${nullables[condition.column]} is not null`
    case 'running':
      return sql`q.state = 'running'`
    case 'not running':
      return sql`q.state <> 'running'`
    case 'due':
      return sql`q.due_at <= now()`
    case 'not due':
      return sql`q.due_at > now()`
  }
}
