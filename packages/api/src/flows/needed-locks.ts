import type { WorkspaceTransaction } from '@millrace/db'
import { lockScriptPaths } from '@millrace/db/tables/script'
import { inlineScripts, mapModules, type InlineScript } from '@millrace/flow'
import { findOwnImports } from '@millrace/runtimes'
import { findEmptyLock, findImports, type Imports } from '../scripts/needed-lock.ts'

/** A document, what its inline scripts import themselves, and whether a job has still to lock some of them. */
export interface LockedAtOnce {
  readonly value: unknown
  readonly imports: readonly string[]
  readonly needsJob: boolean
}

interface FlowAt {
  readonly workspace: string
  readonly path: string
}

/**
 * The document with an empty lock in each inline script that needs no packages; grammars are loaded. What they import does not change
 * until the transaction ends, so that whoever changes it finds the flow.
 */
export async function lockAtOnce(tx: WorkspaceTransaction, flow: FlowAt, document: unknown): Promise<LockedAtOnce> {
  const scripts = inlineScripts(document, flow.path)
  const imports = listImports(document, flow.path)
  const open = scripts.filter(({ lock }) => lock === undefined)
  const reached = new Set(imports)
  for (const script of open)
    for (const path of pathsOf(await findImports(tx, sourceOf(flow, script)))) reached.add(path)
  await lockScriptPaths(tx, flow.workspace, { written: [], read: [...reached] })
  const empty = new Set<string>()
  for (const script of open) {
    const source = sourceOf(flow, script)
    const lock = await findEmptyLock(tx, source, await findImports(tx, source))
    if (lock !== undefined) empty.add(script.place)
  }
  const value = mapModules(document, (module) => (empty.has(module.path) ? { ...module.value, lock: '' } : undefined))
  return { value, imports, needsJob: empty.size < open.length }
}

/** What the inline scripts of a document import themselves, each once; grammars are loaded. */
export function listImports(document: unknown, flowPath: string): readonly string[] {
  const scripts = inlineScripts(document, flowPath)
  return [...new Set(scripts.flatMap((script) => findOwnImports({ ...script, path: script.path ?? flowPath })))]
}

function sourceOf({ workspace, path }: FlowAt, script: InlineScript) {
  const { content, language, path: at = path } = script
  return { workspace_id: workspace, path: at, language, content }
}

function pathsOf({ modules }: Imports): readonly string[] {
  return modules ? [...modules.found.keys(), ...modules.missing.map(({ path }) => path)] : []
}
