import { sql, type RawBuilder } from 'kysely'

/** Which jobs; an undefined workspace is every one. */
export interface JobSelection {
  readonly workspace: string | undefined
  /** All of them hold. */
  readonly conditions: readonly JobCondition[]
}

/** One condition of a list. Conditions on the queue (`running`, `due`) hold for unfinished jobs only. */
export type JobCondition =
  | {
      readonly test: 'in' | 'not in' | 'starts with' | 'not starts with'
      readonly column: JobColumn
      readonly values: readonly string[]
    }
  | { readonly test: 'before' | 'after'; readonly column: JobTime; readonly at: Date }
  | { readonly test: 'contains'; readonly column: JobPayload; readonly json: string }
  | { readonly test: 'is null' | 'is not null'; readonly column: JobNullable }
  | { readonly test: 'running' | 'not running' | 'due' | 'not due' }

export type JobColumn =
  | 'created_by'
  | 'worker'
  | 'parent_job'
  | 'script_path'
  | 'script_hash'
  | 'kind'
  | 'tag'
  | 'trigger_kind'
  | 'concurrency_key'
  | 'status'
export type JobTime = 'created_at' | 'started_at' | 'finished_at' | 'created_or_started_at'
export type JobPayload = 'args' | 'result'
export type JobNullable = 'parent_job' | 'flow_step_id' | 'concurrency_key'

/** Where the words of conditions are found: unfinished jobs (`job_queue q`, `worker w`) and finished ones (`job_outcome o`). */
export type JobSide = 'queued' | 'finished'

type Words = Readonly<Record<JobColumn | JobTime, RawBuilder<unknown>>>

const asked = {
  created_by: sql`j.created_by`,
  parent_job: sql`j.parent_job`,
  script_path: sql`j.script_path`,
  script_hash: sql`j.script_hash`,
  kind: sql`j.kind`,
  trigger_kind: sql`j.trigger_kind`,
  created_at: sql`j.created_at`,
} as const

const words: Readonly<Record<JobSide, Words>> = {
  queued: {
    ...asked,
    tag: sql`q.tag`,
    concurrency_key: sql`q.concurrency_key`,
    worker: sql`w.name`,
    status: sql`null::text`,
    started_at: sql`q.started_at`,
    finished_at: sql`null::timestamptz`,
    created_or_started_at: sql`coalesce(q.started_at, j.created_at)`,
  },
  finished: {
    ...asked,
    tag: sql`j.tag`,
    concurrency_key: sql`(j.options -> 'concurrency' ->> 'key')`,
    worker: sql`o.worker`,
    status: sql`o.status`,
    started_at: sql`o.started_at`,
    finished_at: sql`o.finished_at`,
    created_or_started_at: sql`coalesce(o.started_at, j.created_at)`,
  },
}

const payloads = { args: sql`j.args`, result: sql`o.result` } as const

function nullable(column: JobNullable, side: JobSide): RawBuilder<unknown> {
  return column === 'flow_step_id' ? sql`j.flow_step_id` : words[side][column]
}

/** All conditions of a side, as one expression. */
export function toWhere(conditions: readonly JobCondition[], side: JobSide): RawBuilder<unknown> {
  return conditions.length === 0
    ? sql`true`
    : sql.join(
        conditions.map((condition) => toSql(condition, side)),
        sql` and `,
      )
}

/** Whether outcomes alone can tell, without a look at what was asked. */
export function isOfOutcome(condition: JobCondition): boolean {
  return 'column' in condition && ['status', 'worker', 'finished_at', 'started_at'].includes(condition.column)
}

function toSql(condition: JobCondition, side: JobSide): RawBuilder<unknown> {
  switch (condition.test) {
    case 'in':
      return isAnyOf(condition.column, condition.values, side)
    case 'not in':
      return sql`(${isAnyOf(condition.column, condition.values, side)}) is not true`
    case 'starts with':
      return sql`exists (select from unnest(${condition.values}::text[]) p where starts_with(${words[side][condition.column]}, p))`
    case 'not starts with':
      return sql`not exists (select from unnest(${condition.values}::text[]) p where starts_with(${words[side][condition.column]}, p))`
    case 'before':
      return sql`${words[side][condition.column]} < ${condition.at}`
    case 'after':
      return isAfter(condition.column, condition.at, side)
    case 'contains':
      return sql`json_contains(${payloads[condition.column]}, ${condition.json}::jsonb)`
    case 'is null':
      return sql`${nullable(condition.column, side)} is null`
    case 'is not null':
      return sql`${nullable(condition.column, side)} is not null`
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

/** One equation for each value: the index over blocks cannot search lists. */
function isAnyOf(column: JobColumn, values: readonly string[], side: JobSide): RawBuilder<unknown> {
  const word = words[side][column]
  const type = column === 'parent_job' ? sql`::uuid` : sql``
  const parts = values.map((value) => sql`${word} = ${value}${type}`)
  const any = sql`(${sql.join(parts, sql` or `)})`
  // Says what the index of jobs that did not go well wants to hear.
  return column === 'status' && !values.includes('success') && side === 'finished'
    ? sql`(o.status <> 'success' and ${any})`
    : any
}

/** Whatever began after an instant ended after it: the index over blocks knows when jobs ended. */
function isAfter(column: JobTime, at: Date, side: JobSide): RawBuilder<unknown> {
  const plain = sql`${words[side][column]} > ${at}`
  return side === 'finished' && column !== 'finished_at' ? sql`(${plain} and o.finished_at > ${at})` : plain
}
