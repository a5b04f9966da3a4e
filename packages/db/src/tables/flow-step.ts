import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Paths of the flows whose heads have the script or flow as a step (`script/<path>`), or with `below` one whose name begins so. */
export async function listFlowsWithStep(
  db: Queryable,
  workspace: string,
  { step, below }: { readonly step: string; readonly below: boolean },
): Promise<readonly string[]> {
  const has = below
    ? sql<boolean>`exists (select from unnest(v.steps) s where starts_with(s, ${step}))`
    : sql<boolean>`v.steps @> array[${step}]`
  const rows = await db
    .selectFrom('flow as f')
    .innerJoin('flow_version as v', (join) =>
      join.onRef('v.workspace_id', '=', 'f.workspace_id').onRef('v.id', '=', 'f.head'),
    )
    .select('f.path')
    .where('f.workspace_id', '=', workspace)
    .where('f.archived', '=', false)
    .where(has)
    .orderBy('f.path')
    .execute()
  return rows.map((row) => row.path)
}

/** Those of the called flows that are the one at a path, or come to call it by their heads. */
export async function findFlowsThatReach(
  db: Queryable,
  { workspace, path }: { readonly workspace: string; readonly path: string },
  called: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ start: string }>`
    with recursive called as (
      select distinct c as start, c as path from unnest(${called}::text[]) as c
      union
      select c.start, substr(s.step, 6) from called c
      join flow f on f.workspace_id = ${workspace} and f.path = c.path and not f.archived and f.path <> ${path}
      join flow_version v on v.workspace_id = f.workspace_id and v.id = f.head
      cross join lateral unnest(v.steps) as s(step) where starts_with(s.step, 'flow/')
    )
    select distinct start from called where path = ${path}`.execute(db)
  return rows.map((row) => row.start)
}
