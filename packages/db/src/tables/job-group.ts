import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Runs of one version of a script or a flow. */
export interface JobGroupRow {
  readonly kind: 'script' | 'flow'
  readonly script_path: string
  readonly script_hash: string
  readonly ids: readonly string[]
}

/** Those of the jobs that ran what was deployed, by what they ran; kinds, paths and versions in order. */
export async function listJobGroups(
  db: Queryable,
  workspace: string,
  ids: readonly string[],
): Promise<readonly JobGroupRow[]> {
  const { rows } = await sql<JobGroupRow>`
    select j.kind, j.script_path, j.script_hash, array_agg(j.id order by j.id) as ids
    from (select distinct id from unnest(${ids}::uuid[]) as t(id)) as i join job j on j.id = i.id
    where j.workspace_id = ${workspace} and j.kind in ('script', 'flow') and j.script_path is not null and j.script_hash is not null
    group by j.kind, j.script_path, j.script_hash order by j.kind, j.script_path, j.script_hash`.execute(db)
  return rows
}
