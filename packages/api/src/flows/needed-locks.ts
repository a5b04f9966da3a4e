import type { WorkspaceTransaction } from '@millrace/db'
import { inlineScripts, mapModules } from '@millrace/flow'
import { findEmptyLock, findImports } from '../scripts/needed-lock.ts'

/** A document, and whether a job has still to lock inline scripts of it. */
export interface LockedAtOnce {
  readonly value: unknown
  readonly needsJob: boolean
}

/** The document with an empty lock in each inline script that needs no packages; grammars are loaded. */
export async function lockAtOnce(
  tx: WorkspaceTransaction,
  { workspace, path }: { readonly workspace: string; readonly path: string },
  document: unknown,
): Promise<LockedAtOnce> {
  const scripts = inlineScripts(document, path)
  const empty = new Set<string>()
  for (const { place, content, language, path: at = path } of scripts) {
    const source = { workspace_id: workspace, path: at, language, content }
    const lock = await findEmptyLock(tx, source, await findImports(tx, source))
    if (lock !== undefined) empty.add(place)
  }
  const value = mapModules(document, (module) => (empty.has(module.path) ? { ...module.value, lock: '' } : undefined))
  return { value, needsJob: empty.size < scripts.length }
}
