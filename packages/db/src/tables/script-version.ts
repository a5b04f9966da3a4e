import type { Database } from '../database.ts'

/** What a worker needs of one version of a script; it never changes but for its lock, whose changes are counted. */
export interface ScriptVersion {
  readonly content: string
  readonly language: string
  /** Undefined where it was never made. */
  readonly lock: string | undefined
  /** Stands for what the lock was made for; undefined where nobody noted it. */
  readonly lockKey: string | undefined
  readonly lockRevision: number
}

/** One version by hash, for the engine (above workspaces' row-level security: the job row named both). */
export async function findScriptVersion(
  db: Database,
  workspace: string,
  hash: string,
): Promise<ScriptVersion | undefined> {
  const { rows } = await db.pool.query<{
    content: string
    language: string
    lock: string | null
    lock_key: string | null
    lock_revision: number
  }>({
    name: 'script-version',
    text: 'select content, language, lock, lock_key, lock_revision from script where workspace_id = $1 and hash = $2',
    values: [workspace, hash],
  })
  const row = rows[0]
  if (!row) return undefined
  const { content, language, lock, lock_key: lockKey, lock_revision: lockRevision } = row
  return { content, language, lock: lock ?? undefined, lockKey: lockKey ?? undefined, lockRevision }
}
