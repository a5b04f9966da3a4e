import type { Connection } from '../database.ts'

/** The version that serves at a path, for scripts that import it. */
export interface ScriptModule {
  readonly path: string
  readonly hash: string
  /** Undefined where the caller has it. */
  readonly content: string | undefined
}

/**
 * The versions that serve at these paths, for the engine, where the job row named the workspace, and for deployments; paths without one are
 * missing. What is in `knownHashes` comes without its content.
 */
export async function loadScriptModules(
  db: Connection,
  workspace: string,
  paths: readonly string[],
  knownHashes: readonly string[],
): Promise<readonly ScriptModule[]> {
  const { rows } = await db.query<{ path: string; hash: string; content: string | null }>({
    name: 'script-modules',
    text: `select path, hash, case when hash = any ($3) then null else content end as content
      from script where workspace_id = $1 and path = any ($2) and serves`,
    values: [workspace, paths, knownHashes],
  })
  return rows.map(({ path, hash, content }) => ({ path, hash, content: content ?? undefined }))
}
