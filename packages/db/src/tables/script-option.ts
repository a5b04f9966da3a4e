import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Sets one of the options of the head at a path; false when there is none. */
export async function setScriptOption(
  db: Queryable,
  workspace: string,
  path: string,
  option: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const updated = await db
    .updateTable('script')
    .set({ options: sql`options || ${JSON.stringify(option)}::jsonb` })
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .where('archived', '=', false)
    .where('deleted', '=', false)
    .executeTakeFirst()
  return updated.numUpdatedRows > 0n
}
