import { connectionOf, type WorkspaceTransaction } from '@millrace/db'
import { loadScriptModules } from '@millrace/db/tables/script-module'
import { loadDependencyFiles } from '@millrace/db/tables/workspace-dependency'
import {
  findOwnImports,
  findPackagedRuntime,
  loadGrammarOf,
  loadModules,
  needsPackages,
  TooManyModules,
  type Module,
  type Modules,
  type PlacedSource,
} from '@millrace/runtimes'

/** A source of a workspace. */
export interface Source extends PlacedSource {
  readonly workspace_id: string
}

/** All that a source depends on. */
export interface Imports {
  /** What it imports itself: scripts by their paths, dependency files as these are imported. */
  readonly own: readonly string[]
  /** Scripts that it imports, directly or by others; undefined where they are too many. */
  readonly modules: Modules | undefined
}

/** Finds what a source imports, as it serves at this moment. */
export async function findImports(tx: WorkspaceTransaction, source: Source): Promise<Imports> {
  const { workspace_id: workspace, path, language, content } = source
  const runtime = findPackagedRuntime(language)
  if (!runtime) return { own: [], modules: undefined }
  await loadGrammarOf(runtime)
  const { dependencies } = runtime
  const importsOf = dependencies.workspaceImports.bind(dependencies)
  const own = findOwnImports(source)
  const load = async (paths: readonly string[]): Promise<ReadonlyMap<string, Module>> => {
    const rows = await loadScriptModules(connectionOf(tx), workspace, paths, [])
    return new Map(rows.map((row) => [row.path, { hash: row.hash, content: row.content ?? '' }]))
  }
  try {
    return { own, modules: await loadModules({ content, path, importsOf, load }) }
  } catch (error) {
    if (error instanceof TooManyModules) return { own, modules: undefined }
    throw error
  }
}

/** The lock of a source that needs no packages, which is empty; undefined where a job has to make one. */
export async function findEmptyLock(
  tx: WorkspaceTransaction,
  source: Source,
  { modules }: Imports,
): Promise<'' | undefined> {
  const { workspace_id: workspace, path, language, content } = source
  const runtime = findPackagedRuntime(language)
  if (!runtime) return ''
  // Who runs it is told which bound it goes beyond.
  if (!modules) return undefined
  const names = runtime.dependencies.manifestNames(content)
  const sources = Object.fromEntries([...modules.found].map(([at, module]) => [at, module.content]))
  const manifests = await loadDependencyFiles(tx, workspace, language, names)
  return needsPackages(runtime, { content, path, modules: sources, manifests }) ? undefined : ''
}
