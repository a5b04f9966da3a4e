import type { Queryable } from '../database.ts'

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
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]))
}
