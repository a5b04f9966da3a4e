import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

const IMPORTERS_MAX = 10_000

/** Who imports what, as scripts say themselves. */
export interface ScriptImport {
  readonly importer_path: string
  readonly imported_path: string
}

/** A head that imports something. */
export interface Importer {
  readonly path: string
  readonly hash: string
  readonly language: string
}

/** What a dependency file is imported as. */
export function dependencyFilePath({ language, name }: { readonly language: string; readonly name: string }): string {
  return name === '' ? `dependencies/${language}` : `dependencies/${language}/${name}`
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

/** Who imports a path itself, in order. */
export async function listDependents(db: Queryable, workspace: string, imported: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('script_import')
    .select('importer_path')
    .where('workspace_id', '=', workspace)
    .where('imported_path', '=', imported)
    .orderBy('importer_path')
    .execute()
  return rows.map((row) => row.importer_path)
}

/** How many import each of these paths themselves; those that nobody imports are missing. */
export async function countDependents(
  db: Queryable,
  workspace: string,
  imported: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (imported.length === 0) return new Map()
  const rows = await db
    .selectFrom('script_import')
    .select(['imported_path', (eb) => eb.fn.countAll<number>().as('count')])
    .where('workspace_id', '=', workspace)
    .where('imported_path', 'in', imported)
    .groupBy('imported_path')
    .execute()
  return new Map(rows.map((row) => [row.imported_path, row.count]))
}

/** All imports of a workspace, in order. */
export async function listImports(db: Queryable, workspace: string): Promise<readonly ScriptImport[]> {
  return await db
    .selectFrom('script_import')
    .select(['importer_path', 'imported_path'])
    .where('workspace_id', '=', workspace)
    .orderBy('importer_path')
    .orderBy('imported_path')
    .execute()
}
