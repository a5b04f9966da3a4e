import type { Insertable, Selectable } from 'kysely'
import type { Connection, Queryable } from '../database.ts'
import type { WorkspaceDependencyTable } from '../schema.generated.ts'

/** One version of a dependency file of a workspace. */
export type WorkspaceDependencyRow = Selectable<WorkspaceDependencyTable>

/** Which file: the one that holds for all scripts of the language has the name `''`. */
export interface DependencyFile {
  readonly language: string
  readonly name: string
}

/** Contents of the newest versions of these files of a language, by name; those that there are none of are missing. */
export async function loadDependencyFiles(
  db: Queryable,
  workspace: string,
  language: string,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  if (names.length === 0) return {}
  const rows = await db
    .selectFrom('workspace_dependency')
    .select(['name', 'content'])
    .where('workspace_id', '=', workspace)
    .where('language', '=', language)
    .where('name', 'in', names)
    .where('archived', '=', false)
    .execute()
  return byName(rows)
}

/** The same for each run of code without a lock: planned once. */
export async function loadDependencyFilesOfRun(
  db: Connection,
  workspace: string,
  language: string,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  if (names.length === 0) return {}
  const { rows } = await db.query<{ name: string; content: string }>({
    name: 'load-dependency-files',
    text: `select name, content from workspace_dependency
      where workspace_id = $1 and language = $2 and name = any($3) and not archived`,
    values: [workspace, language, names],
  })
  return byName(rows)
}

function byName(rows: readonly { name: string; content: string }[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]))
}

/** The newest version of a file that is not archived. */
export async function findDependencyFile(
  db: Queryable,
  workspace: string,
  { language, name }: DependencyFile,
): Promise<WorkspaceDependencyRow | undefined> {
  return await db
    .selectFrom('workspace_dependency')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('language', '=', language)
    .where('name', '=', name)
    .where('archived', '=', false)
    .executeTakeFirst()
}

/** The newest versions of all files that are not archived. */
export async function listDependencyFiles(
  db: Queryable,
  workspace: string,
): Promise<readonly WorkspaceDependencyRow[]> {
  return await db
    .selectFrom('workspace_dependency')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('archived', '=', false)
    .orderBy('language')
    .orderBy('name')
    .execute()
}

/** Which files there are in all workspaces; needs a connection that sees them all. */
export async function listAllDependencyFiles(
  db: Queryable,
): Promise<readonly Pick<WorkspaceDependencyRow, 'workspace_id' | 'language' | 'name'>[]> {
  return await db
    .selectFrom('workspace_dependency')
    .select(['workspace_id', 'language', 'name'])
    .where('archived', '=', false)
    .orderBy('workspace_id')
    .orderBy('language')
    .orderBy('name')
    .execute()
}

/** Adds a version in place of the one before; its id. */
export async function insertDependencyFile(db: Queryable, file: Insertable<WorkspaceDependencyTable>): Promise<number> {
  await archiveDependencyFile(db, file.workspace_id, { language: file.language, name: file.name ?? '' })
  const { id } = await db.insertInto('workspace_dependency').values(file).returning('id').executeTakeFirstOrThrow()
  return id
}

/** Takes a file out of use; false when there is none. */
export async function archiveDependencyFile(
  db: Queryable,
  workspace: string,
  { language, name }: DependencyFile,
): Promise<boolean> {
  const updated = await db
    .updateTable('workspace_dependency')
    .set({ archived: true })
    .where('workspace_id', '=', workspace)
    .where('language', '=', language)
    .where('name', '=', name)
    .where('archived', '=', false)
    .executeTakeFirst()
  return updated.numUpdatedRows > 0n
}

/** Forgets a file with all its versions; false when there is none. */
export async function deleteDependencyFile(
  db: Queryable,
  workspace: string,
  { language, name }: DependencyFile,
): Promise<boolean> {
  const deleted = await db
    .deleteFrom('workspace_dependency')
    .where('workspace_id', '=', workspace)
    .where('language', '=', language)
    .where('name', '=', name)
    .executeTakeFirst()
  return deleted.numDeletedRows > 0n
}
