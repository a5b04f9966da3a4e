import type { Dependencies } from './runtime.ts'

const DEPTH_MAX = 50
const COUNT_MAX = 1000
const LENGTH_MAX = 20_000_000

/** A script that others import; `hash` tells its version. */
export interface Module {
  readonly hash: string
  readonly content: string
}

/** An import that leads nowhere. */
export interface MissingModule {
  readonly path: string
  /** Path of a script that imports it; undefined for the source itself where it has none. */
  readonly importedBy: string | undefined
}

/** All that a source imports of its workspace, directly or by others. */
export interface Modules {
  readonly found: ReadonlyMap<string, Module>
  readonly missing: readonly MissingModule[]
}

/** A source's imports are more than a run takes; the message says which bound and what to do. */
export class TooManyModules extends Error {
  override readonly name = 'TooManyModules'
}

/** A source and how scripts of its workspace are loaded. */
export interface ModuleSearch {
  readonly content: string
  readonly path: string | undefined
  readonly importsOf: Dependencies['workspaceImports']
  /** Paths that it is likely to reach, as it did before: they are loaded at once. */
  readonly expected?: readonly string[] | undefined
  /** Called at most once for each level of imports; paths that do not exist are missing from the answer. */
  load(paths: readonly string[]): Promise<ReadonlyMap<string, Module>>
}

/** Walks a source's imports breadth first, each script once, so that circles are no trouble. Throws `TooManyModules`. */
export async function loadModules(search: ModuleSearch): Promise<Modules> {
  const { content, path, importsOf, expected = [], load } = search
  const loaded = new Map<string, Module | undefined>()
  const found = new Map<string, Module>()
  const missing = new Map<string, MissingModule>()
  let length = 0
  let level = [{ content, path }]
  for (let depth = 0; level.length > 0; depth += 1) {
    const importers = new Map<string, string | undefined>()
    for (const each of level)
      for (const imported of importsOf(each.content, each.path))
        if (imported !== path && !found.has(imported) && !importers.has(imported)) importers.set(imported, each.path)
    if (importers.size > 0 && depth >= DEPTH_MAX) throw tooDeep([...importers.keys()][0])
    const ahead = depth === 0 && importers.size > 0 ? expected : []
    const wanted = [...new Set([...importers.keys(), ...ahead])].filter((each) => !loaded.has(each))
    if (loaded.size + wanted.length > COUNT_MAX + expected.length) throw tooMany()
    const answers = wanted.length > 0 ? await load(wanted) : new Map<string, Module>()
    for (const each of wanted) loaded.set(each, answers.get(each))
    level = []
    for (const [imported, importedBy] of importers) {
      const module = loaded.get(imported)
      if (!module) {
        missing.set(imported, { path: imported, importedBy })
        continue
      }
      length += module.content.length
      found.set(imported, module)
      level.push({ content: module.content, path: imported })
    }
    if (found.size > COUNT_MAX) throw tooMany()
    if (length > LENGTH_MAX) throw tooLong()
  }
  return { found, missing: [...missing.values()] }
}

function tooDeep(path: string | undefined): TooManyModules {
  return new TooManyModules(
    `The imports of this script reach ${path} by way of more than ${DEPTH_MAX} other scripts: import it more directly.`,
  )
}

function tooMany(): TooManyModules {
  return new TooManyModules(
    `This script imports more than ${COUNT_MAX} scripts of the workspace, directly or by others: split what it imports.`,
  )
}

function tooLong(): TooManyModules {
  return new TooManyModules(
    `The scripts that this one imports, directly or by others, have more than ${LENGTH_MAX / 1_000_000} million characters: split what it imports.`,
  )
}
