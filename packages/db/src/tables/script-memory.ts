import type { Queryable } from '../database.ts'

/** MiB that jobs of a script have been seen to need; 0 is not known. */
export async function findScriptMemory(db: Queryable, workspace: string, path: string): Promise<number> {
  const row = await db
    .selectFrom('script_memory')
    .select('peak_mb')
    .where('workspace_id', '=', workspace)
    .where('script_path', '=', path)
    .executeTakeFirst()
  return row?.peak_mb ?? 0
}
