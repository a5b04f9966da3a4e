import { sql, type RawBuilder } from 'kysely'
import type { Queryable } from '../database.ts'
import { JOB_FIELDS, WHOLE_RESULT, type JobRow } from '../job-row.ts'

const LOWEST = '00000000-0000-0000-0000-000000000000'

/** Kinds of jobs that a call asks for; the others are parts of these, or follow from what was deployed. */
const ASKED_FOR = ['script', 'preview', 'flow', 'flowpreview', 'noop', 'identity']

/** Which jobs are exported: those that wait and have not begun, or those that have ended. */
export type Exported = 'waiting' | 'finished'

/** A page by the ids, rising; `offset` counts from the job after `after`. */
export interface ExportedPage {
  readonly which: Exported
  readonly after: string | undefined
  readonly offset: number
  readonly limit: number
}

/** A job of a page; `due_at` is null of those that have ended. */
export interface ExportedId {
  readonly id: string
  readonly due_at: Date | null
}

/** With everything that it takes to have it again; `args`, `result` and `options` are JSON texts. */
export interface ExportedRow extends JobRow {
  readonly raw_code: string | null
  readonly timeout_ms: number | null
  readonly trigger_path: string | null
  readonly options: string | null
  readonly args: string | null
  readonly result: string | null
  /** Of those that have ended. */
  readonly log: string | null
}

/** Walks one index from the last id on: a page costs its own rows. */
export async function listExportedIds(
  db: Queryable,
  workspace: string,
  { which, after, offset, limit }: ExportedPage,
): Promise<readonly ExportedId[]> {
  const { rows } = await sql<ExportedId>`
    ${which === 'waiting' ? WAITING : FINISHED}
      and t.workspace_id = ${workspace} and t.id > ${after ?? LOWEST}
    order by t.id limit ${limit} offset ${offset}`.execute(db)
  return rows
}

// What a handler is told, and what an agent called, belongs to another job.
const WAITING: RawBuilder<unknown> = sql`
  select t.id, t.due_at from job_queue t join job j on j.id = t.id
  where t.state in ('scheduled', 'blocked', 'ready') and t.attempt = 0 and j.flow_step_id is null
    and j.kind = any (${ASKED_FOR}::text[]) and j.options->>'handles' is null and j.options->>'called' is null`

const FINISHED: RawBuilder<unknown> = sql`select t.id, null as due_at from job_outcome t where true`

/** Jobs by id, rising, those that are gone left out. What was asked for is there whether they have begun meanwhile or not. */
export async function loadExportedJobs(
  db: Queryable,
  workspace: string,
  ids: readonly string[],
): Promise<readonly ExportedRow[]> {
  const sorted = ids.toSorted()
  // From the lowest to the highest: PostgreSQL then plans for the days between.
  const near = (id: RawBuilder<unknown>) => sql`${id} >= ${sorted[0] ?? LOWEST} and ${id} <= ${sorted.at(-1) ?? LOWEST}`
  const { rows } = await sql<ExportedRow>`
    select ${JOB_FIELDS}, j.raw_code, j.timeout_ms, j.trigger_path, j.options::text as options, j.args::text as args,
      ${WHOLE_RESULT} as result,
      (select string_agg(l.chunk, '' order by l.seq) from job_log l where l.job_id = o.id and ${near(sql`l.job_id`)}) as log
    from unnest(${sorted}::uuid[]) as i(id) join job j on j.id = i.id and ${near(sql`j.id`)}
    left join job_outcome o on o.id = j.id and ${near(sql`o.id`)}
    left join job_queue q on false left join worker w on false left join job_cancel c on false
    where j.workspace_id = ${workspace} order by i.id`.execute(db)
  return rows
}

/** Those of the ids that jobs have, with the workspace of each; of every workspace that the connection sees. */
export async function findJobPlaces(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; workspace_id: string }>`
    select j.id, j.workspace_id from unnest(${ids}::uuid[]) as i(id) join job j on j.id = i.id`.execute(db)
  return new Map(rows.map((row) => [row.id, row.workspace_id]))
}
