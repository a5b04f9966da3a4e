import type { Database } from '../database.ts'

/** What a worker needs of one version of a script; a version never changes, so it may be kept for ever. */
export interface ScriptVersion {
  readonly content: string
  readonly language: string
  readonly lock: string | undefined
}

/** One version by hash, for the engine (above workspaces' row-level security: the job row named both). */
export async function findScriptVersion(
  db: Database,
  workspace: string,
  hash: string,
): Promise<ScriptVersion | undefined> {
  const { rows } = await db.pool.query<{ content: string; language: string; lock: string | null }>({
    name: 'script-version',
    text: 'select content, language, lock from script where workspace_id = $1 and hash = $2',
    values: [workspace, hash],
  })
  const row = rows[0]
  return row && { content: row.content, language: row.language, lock: row.lock ?? undefined }
}
