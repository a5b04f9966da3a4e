import type { Connection } from '../database.ts'

/** An end that nobody was told of yet, with what is told of it. */
export interface JobEnd {
  readonly id: number
  readonly workspace_id: string
  readonly job_id: string
  readonly status: 'success' | 'failure' | 'canceled'
  /** Of what ran. */
  readonly kind: 'script' | 'flow'
  readonly path: string
  readonly email: string
  readonly trigger_kind: string | null
  readonly trigger_path: string | null
  readonly started_at: Date | null
  readonly created_at: Date
  /** JSON text; null where there is none, or more than is told. */
  readonly result: string | null
  readonly is_too_large: boolean
  /** Whether its script or flow wants no error to be told. */
  readonly is_muted: boolean
}

/** A script or a flow whose last run failed. */
export interface Failing {
  readonly workspace_id: string
  readonly kind: string
  readonly path: string
  readonly job_id: string
  readonly times: number
  readonly since: Date
  readonly result: string | null
}

/** Characters of a result that are told. */
const RESULT_MAX = 200_000

const RESULT = `case when o.result_pieces is null and length(o.result::text) <= ${RESULT_MAX} then o.result::text end`

const ENDS = `
select e.id, e.workspace_id, e.job_id, e.status, j.kind, j.script_path as path, j.email, j.trigger_kind, j.trigger_path, o.started_at,
  j.created_at, ${RESULT} as result,
  o.result_pieces is not null or length(o.result::text) > ${RESULT_MAX} as is_too_large,
  coalesce(case j.kind
    when 'flow' then (
      select (v.options->>'ws_error_handler_muted')::boolean from flow f join flow_version v on v.workspace_id = f.workspace_id and v.id = f.head
      where f.workspace_id = e.workspace_id and f.path = j.script_path)
    else (
      select (s.options->>'ws_error_handler_muted')::boolean from script s
      where s.workspace_id = e.workspace_id and s.path = j.script_path and not s.archived and not s.deleted)
  end, false) as is_muted
from (select * from job_end order by id limit $1) as e
left join job j on j.id = e.job_id
left join job_outcome o on o.id = e.job_id
order by e.id`

/** Whether there are ends to be told, and anybody who wants to hear of some. */
export async function lookAtJobEnds(
  db: Connection,
): Promise<{ readonly areThere: boolean; readonly areHeard: boolean }> {
  const { rows } = await db.query<{ areThere: boolean; areHeard: boolean }>(
    'select exists (select from job_end) as "areThere", exists (select from handler) as "areHeard"',
  )
  return rows[0] ?? { areThere: false, areHeard: false }
}

/** The ends that have waited longest, in order; those of jobs that are kept no longer are only counted among the ids. */
export async function listJobEnds(
  db: Connection,
  limit: number,
): Promise<{ readonly ids: readonly number[]; readonly ends: readonly JobEnd[] }> {
  const { rows } = await db.query<JobEnd & { readonly kind: string | null }>(ENDS, [limit])
  return { ids: rows.map((row) => row.id), ends: rows.filter((row) => row.kind !== null) }
}

/** Forgets ends in a transaction; false, and nothing is forgotten, where another one has forgotten some of them. */
export async function takeJobEnds(db: Connection, ids: readonly number[]): Promise<boolean> {
  const locked = await db.query('select from job_end where id = any ($1::bigint[]) order by id for update', [ids])
  if (locked.rowCount !== ids.length) return false
  await db.query('delete from job_end where id = any ($1::bigint[])', [ids])
  return true
}

const FAILING = `
select f.workspace_id, f.kind, f.path, f.job_id, f.times, f.since, ${RESULT} as result
from failing f left join job_outcome o on o.id = f.job_id
where (f.workspace_id, f.kind, f.path) in (select * from unnest($1::text[], $2::text[], $3::text[]))`

/** A script or a flow of a workspace. */
export type Runnable = Pick<Failing, 'workspace_id' | 'kind' | 'path'>

/** What has failed of these scripts and flows. */
export async function listFailing(db: Connection, runnables: readonly Runnable[]): Promise<readonly Failing[]> {
  return (await db.query<Failing>(FAILING, columnsOf(runnables))).rows
}

const PUT = `
insert into failing (workspace_id, kind, path, job_id, times, since)
select * from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::timestamptz[])
on conflict (workspace_id, kind, path) do update set job_id = excluded.job_id, times = excluded.times, since = excluded.since`

/** They fail. */
export async function putFailing(db: Connection, rows: readonly Omit<Failing, 'result'>[]): Promise<void> {
  const more = [rows.map((row) => row.job_id), rows.map((row) => row.times), rows.map((row) => row.since)]
  if (rows.length > 0) await db.query(PUT, [...columnsOf(rows), ...more])
}

const FORGET = `
delete from failing where (workspace_id, kind, path) in (select * from unnest($1::text[], $2::text[], $3::text[]))`

/** They recovered. */
export async function deleteFailing(db: Connection, runnables: readonly Runnable[]): Promise<void> {
  if (runnables.length > 0) await db.query(FORGET, columnsOf(runnables))
}

function columnsOf(rows: readonly Runnable[]) {
  return [rows.map((row) => row.workspace_id), rows.map((row) => row.kind), rows.map((row) => row.path)]
}
