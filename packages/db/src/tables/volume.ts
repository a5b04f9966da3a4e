import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** A volume with what all its places hold. */
export interface VolumeRow {
  readonly name: string
  readonly bytes: number
  readonly files: number
  readonly places: number
  readonly created_by: string
  readonly created_at: Date
  readonly used_by: string | null
  /** The worker of that job. */
  readonly used_on: string | null
  readonly used_at: Date | null
}

/** A volume of one data folder of workers. */
export interface PlacedVolume {
  readonly workspace: string
  readonly name: string
  readonly place: string
}

/** What a job found in a volume or left there. */
export interface VolumeUse extends PlacedVolume {
  readonly jobId: string
  readonly username: string
  readonly bytes: number
  readonly files: number
}

/** The volumes of a workspace by name. */
export async function listVolumes(db: Queryable, workspace: string): Promise<readonly VolumeRow[]> {
  const { rows } = await sql<VolumeRow>`
    select v.*, coalesce(w.name, o.worker) as used_on from (
      select name, sum(bytes)::float8 as bytes, sum(files)::float8 as files,
        (count(*) filter (where place <> ''))::int as places,
        (array_agg(created_by order by created_at))[1] as created_by, min(created_at) as created_at,
        (array_agg(used_by order by used_at desc nulls last))[1] as used_by, max(used_at) as used_at
      from volume where workspace_id = ${workspace} and removed_at is null group by name
    ) as v left join job_outcome o on o.id = v.used_by left join job_queue q on q.id = v.used_by
    left join worker w on w.id = q.worker_id order by v.name collate "C"`.execute(db)
  return rows
}

/** Notes a volume that no job had yet; false when there is one of the name. */
export async function insertVolume(
  db: Queryable,
  workspace: string,
  volume: { readonly name: string; readonly createdBy: string },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into volume (workspace_id, name, created_by)
    select ${workspace}, ${volume.name}, ${volume.createdBy}
    where not exists (
      select from volume where workspace_id = ${workspace} and name = ${volume.name} and removed_at is null)
    on conflict do nothing`.execute(db)
  return numAffectedRows === 1n
}

/** Has a volume removed wherever it is; false when there is none of the name. */
export async function removeVolume(db: Queryable, workspace: string, name: string): Promise<boolean> {
  const { rows } = await sql`
    with forgotten as (delete from volume where workspace_id = ${workspace} and name = ${name} and place = '' returning 1),
    marked as (
      update volume set removed_at = now()
      where workspace_id = ${workspace} and name = ${name} and place <> '' and removed_at is null returning 1)
    select from forgotten union all select from marked`.execute(db)
  return rows.length > 0
}

/** Whether the files of a volume are to be removed before anybody sees them again. */
export async function isVolumeRemoved(db: Queryable, { workspace, name, place }: PlacedVolume): Promise<boolean> {
  const { rows } = await sql`
    select from volume
    where workspace_id = ${workspace} and name = ${name} and place = ${place} and removed_at is not null`.execute(db)
  return rows.length > 0
}

/** Notes that a job has a volume, or had: one that was removed is a new one `at: 'begin'`, and stays removed at the end. */
export async function noteVolumeUse(db: Queryable, use: VolumeUse, at: 'begin' | 'end'): Promise<void> {
  const { workspace, name, place, jobId, username, bytes, files } = use
  const isNew = at === 'begin'
  await sql`
    insert into volume as v (workspace_id, name, place, bytes, files, created_by, used_by, used_at)
    values (${workspace}, ${name}, ${place}, ${bytes}, ${files}, ${username}, ${jobId}, now())
    on conflict (workspace_id, name, place) do update set
      bytes = excluded.bytes, files = excluded.files, used_by = excluded.used_by, used_at = excluded.used_at,
      created_by = case when ${isNew} and v.removed_at is not null then excluded.created_by else v.created_by end,
      created_at = case when ${isNew} and v.removed_at is not null then clock_timestamp() else v.created_at end,
      removed_at = case when ${isNew} then null else v.removed_at end`.execute(db)
}

/** Volumes of a place whose files are to be removed; needs a connection that sees all workspaces. */
export async function listRemovedVolumes(db: Queryable, place: string): Promise<readonly PlacedVolume[]> {
  const { rows } = await sql<PlacedVolume>`
    select workspace_id as workspace, name, place from volume where place = ${place} and removed_at is not null`.execute(
    db,
  )
  return rows
}

/** Forgets a volume whose files were removed. */
export async function forgetVolume(db: Queryable, { workspace, name, place }: PlacedVolume): Promise<void> {
  await sql`
    delete from volume
    where workspace_id = ${workspace} and name = ${name} and place = ${place} and removed_at is not null`.execute(db)
}
