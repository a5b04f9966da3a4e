import type { Selectable } from 'kysely'
import type { Database } from '../database.ts'
import type { ScriptTable } from '../schema.generated.ts'

/** What a run of a version takes; its code is the worker's to read. */
export type RunnableScript = Pick<
  Selectable<ScriptTable>,
  'path' | 'hash' | 'language' | 'tag' | 'timeout_s' | 'lock_revision' | 'options'
>

/** The version that runs at a path, where one serves: on the way of every call, so it is planned once. */
export async function findRunnableScript(
  { pool }: Pick<Database, 'pool'>,
  workspace: string,
  path: string,
): Promise<RunnableScript | undefined> {
  const { rows } = await pool.query<RunnableScript>({
    name: 'find-runnable-script',
    text: `select path, hash, language, tag, timeout_s, lock_revision, options from script
      where workspace_id = $1 and path = $2 and serves`,
    values: [workspace, path],
  })
  return rows[0]
}
