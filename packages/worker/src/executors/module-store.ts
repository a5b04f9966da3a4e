import type { Database } from '@millrace/db'
import { loadScriptModules } from '@millrace/db/tables/script-module'
import { loadModules, type Module, type Modules, type ProcessRuntime } from '@millrace/runtimes'
import { LruMap } from '../lru-map.ts'

const CONTENTS_KEPT = 2000
const SOURCES_KEPT = 500

/** A source whose imports are wanted. */
export interface Importer {
  readonly workspace: string
  readonly content: string
  readonly path: string | undefined
}

/**
 * Finds the scripts that a source imports, as they serve at this moment. Contents are kept by hash, and where a source led to is
 * remembered, so that a source that was seen before costs one small query, and one without imports none.
 */
export class ModuleStore {
  readonly #db: Database
  readonly #contents = new LruMap<string, string>(CONTENTS_KEPT)
  readonly #hashes = new LruMap<string, string>(CONTENTS_KEPT)
  readonly #imports = new LruMap<string, readonly string[]>(CONTENTS_KEPT)
  readonly #reached = new LruMap<string, readonly string[]>(SOURCES_KEPT)

  constructor(db: Database) {
    this.#db = db
  }

  /** `contentKey` stands for the source's content. Throws `TooManyModules`. */
  async load(runtime: ProcessRuntime, importer: Importer, contentKey: string): Promise<Modules> {
    const { dependencies } = runtime
    const { workspace, content, path } = importer
    if (!dependencies) return { found: new Map(), missing: [] }
    const keys = new Map<string, string>()
    const sourceKey = `${runtime.id}/${workspace}/${path ?? ''}/${contentKey}`
    const modules = await loadModules({
      content,
      path,
      expected: this.#reached.get(sourceKey),
      importsOf: (text, from) => {
        const key = from === path ? sourceKey : `${runtime.id}/${keys.get(from ?? '') ?? ''}/${from ?? ''}`
        const known = this.#imports.get(key)
        if (known) return known
        const found = dependencies.workspaceImports(text, from)
        this.#imports.set(key, found)
        return found
      },
      load: async (paths) => {
        const loaded = await this.#load(workspace, paths)
        for (const [at, { hash }] of loaded) keys.set(at, hash)
        return loaded
      },
    })
    if (modules.found.size > 0) this.#reached.set(sourceKey, [...modules.found.keys()])
    return modules
  }

  async #load(workspace: string, paths: readonly string[]): Promise<ReadonlyMap<string, Module>> {
    const known = paths.flatMap((path) => {
      const hash = this.#hashes.get(`${workspace}/${path}`)
      return hash !== undefined && this.#contents.get(`${workspace}/${hash}`) !== undefined ? [hash] : []
    })
    const rows = await loadScriptModules(this.#db.pool, workspace, paths, known)
    const found = new Map<string, Module>()
    for (const { path, hash, content: sent } of rows) {
      const content = sent ?? this.#contents.get(`${workspace}/${hash}`)
      // Others may have pushed it out of memory since it was asked for.
      if (content === undefined) return await this.#load(workspace, paths)
      this.#contents.set(`${workspace}/${hash}`, content)
      this.#hashes.set(`${workspace}/${path}`, hash)
      found.set(path, { hash, content })
    }
    return found
  }
}
