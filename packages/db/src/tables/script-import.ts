import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

const IMPORTERS_MAX = 10_000

/** Who imports what itself. */
export interface ImportRow {
  readonly importer_kind: 'script' | 'flow'
  readonly importer_path: string
  readonly imported_path: string
}

/** A head that imports something. */
export interface Importer {
  readonly path: string
  readonly hash: string
  readonly language: string
}

/** Notes all that the head at a path imports itself, in place of what was noted before. */
export async function replaceImports(
  db: Queryable,
  workspace: string,
  importer: string,
  imported: readonly string[],
): Promise<void> {
  await db
    .deleteFrom('script_import')
    .where('workspace_id', '=', workspace)
    .where('importer_path', '=', importer)
    .execute()
  const rows = [...new Set(imported)].map((path) => ({
    workspace_id: workspace,
    importer_path: importer,
    imported_path: path,
  }))
  if (rows.length > 0) await db.insertInto('script_import').values(rows).execute()
}

/** A flow whose head has inline scripts that import something. */
export interface ImportingFlow {
  readonly path: string
  readonly version: number
  /** What they import themselves, of all by which they come to what was asked for. */
  readonly imported: readonly string[]
}

/** Flows whose heads have inline scripts that import one of these paths, directly or by scripts, in order of their paths; at most 10 000. */
export async function listImportingFlows(
  db: Queryable,
  workspace: string,
  imported: readonly string[],
): Promise<readonly ImportingFlow[]> {
  const { rows } = await sql<ImportingFlow>`
    with recursive importer as (
      select unnest(${imported}::text[]) as path
      union
      select i.importer_path from importer
      join script_import i on i.workspace_id = ${workspace} and i.imported_path = importer.path
    ), reached as (select array_agg(path) as paths from importer)
    select f.path, f.head::float8 as version, array(select unnest(v.imports) intersect select unnest(reached.paths)) as imported
    from reached, flow f join flow_version v on v.workspace_id = f.workspace_id and v.id = f.head
    where f.workspace_id = ${workspace} and not f.archived and v.imports && reached.paths
    order by f.path limit ${IMPORTERS_MAX}`.execute(db)
  return rows
}

/** Heads that import one of these paths, directly or by others, each once and in order of their paths; at most 10 000. */
export async function listImporters(
  db: Queryable,
  workspace: string,
  imported: readonly string[],
): Promise<readonly Importer[]> {
  const { rows } = await sql<Importer>`
    with recursive importer as (
      select importer_path as path from script_import where workspace_id = ${workspace} and imported_path = any (${imported})
      union
      select i.importer_path from importer
      join script_import i on i.workspace_id = ${workspace} and i.imported_path = importer.path
    )
    select s.path, s.hash, s.language from importer
    join script s on s.workspace_id = ${workspace} and s.path = importer.path and not s.archived and not s.deleted
    where s.path <> all (${imported}) order by s.path limit ${IMPORTERS_MAX}`.execute(db)
  return rows
}

/** Who imports a path itself, scripts and flows in order. */
export async function listDependents(
  db: Queryable,
  workspace: string,
  imported: string,
): Promise<readonly Omit<ImportRow, 'imported_path'>[]> {
  const { rows } = await sql<ImportRow>`
    select importer_kind, importer_path from (${importRows(workspace)}) as i
    where imported_path = ${imported} order by importer_kind desc, importer_path`.execute(db)
  return rows
}

/** How many import each of these paths themselves; those that nobody imports are missing. */
export async function countDependents(
  db: Queryable,
  workspace: string,
  imported: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (imported.length === 0) return new Map()
  const { rows } = await sql<{ imported_path: string; count: number }>`
    select imported_path, count(*)::int as count from (${importRows(workspace)}) as i
    where imported_path = any (${imported}) group by imported_path`.execute(db)
  return new Map(rows.map((row) => [row.imported_path, row.count]))
}

/** All imports of a workspace, in order, those of scripts first. */
export async function listImports(db: Queryable, workspace: string): Promise<readonly ImportRow[]> {
  const { rows } = await sql<ImportRow>`
    select importer_kind, importer_path, imported_path from (${importRows(workspace)}) as i
    order by importer_kind desc, importer_path, imported_path`.execute(db)
  return rows
}

/** What scripts say themselves, and the inline scripts of flows. */
function importRows(workspace: string) {
  return sql`
    select 'script' as importer_kind, importer_path, imported_path from script_import where workspace_id = ${workspace}
    union all
    select 'flow', f.path, i.path from flow f
    join flow_version v on v.workspace_id = f.workspace_id and v.id = f.head, unnest(v.imports) as i (path)
    where f.workspace_id = ${workspace} and not f.archived`
}
