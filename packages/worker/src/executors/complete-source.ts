import { createHash } from 'node:crypto'
import type { Database } from '@millrace/db'
import { loadDependencyFilesOfRun } from '@millrace/db/tables/workspace-dependency'
import {
  loadGrammarOf,
  TooManyModules,
  type FoundToolchain,
  type Install,
  type Modules,
  type Prepared,
  type ProcessRuntime,
  type Registries,
  type ScriptSource,
  type Step,
} from '@millrace/runtimes'
import type { Limits } from '@millrace/sandbox/spec'
import type { Launcher, RunOutcome, StepRequest } from '../launch/index.ts'
import { failed } from '../launch/index.ts'
import { LruMap } from '../lru-map.ts'
import { ModuleStore } from './module-store.ts'

const PREPARED_KEPT = 500
const MISSING_TOLD = 20

/** What completing sources takes. */
export interface CompletionTools {
  readonly db: Database
  readonly launcher: Launcher
  readonly limits: Limits
  /** Where packages come from, as the instance says now. */
  registries(): Promise<Registries>
}

/** A source as its job names it. */
export interface BareSource {
  readonly workspace: string
  readonly content: string
  readonly path: string | undefined
  /** Undefined where its packages were never pinned, empty where it needs none. */
  readonly lock: string | undefined
  /** What the lock was made for, as the `key` of what was gathered; undefined where nobody noted it. */
  readonly lockKey?: string | undefined
}

/** For whom it is completed. */
export interface Completion {
  readonly runtime: ProcessRuntime
  readonly toolchain: FoundToolchain
  readonly signal: AbortSignal
  onLog(text: string): void
}

/** Everything a run needs, or why it cannot be had. */
export type Completed =
  | { readonly ok: true; readonly prepared: Prepared; readonly install: Install | undefined }
  | { readonly ok: false; readonly outcome: RunOutcome }

/** A source with all that its packages depend on; `key` stands for its content and for that of what it imports. */
export interface Gathered {
  readonly script: ScriptSource
  readonly key: string
}

interface Ready {
  readonly prepared: Prepared
  readonly install: Install | undefined
}

/**
 * Makes of a source what can be run: adds the scripts of the workspace that it imports, pins its packages where no lock says them, and
 * prepares it. What was prepared is kept by all that it depends on; a source with a lock causes no step here.
 */
export class SourceCompleter {
  readonly #tools: CompletionTools
  readonly #modules: ModuleStore
  readonly #prepared = new LruMap<string, Ready>(PREPARED_KEPT)
  /** Locks of runs, where the one that the source has was made before something that it imports has changed. */
  readonly #repinned = new LruMap<string, string>(PREPARED_KEPT)

  constructor(tools: CompletionTools) {
    this.#tools = tools
    this.#modules = new ModuleStore(tools.db)
  }

  async complete(source: BareSource, completion: Completion): Promise<Completed> {
    const gathered = await this.gather(source, completion)
    if (!gathered.ok) return gathered
    const { script, key } = gathered
    if (source.lock !== undefined) {
      const lock = isStale(source, gathered) ? await this.#repin(source.workspace, gathered, completion) : source.lock
      return { ok: true, ...(await this.#prepare({ ...script, lock }, key, completion)) }
    }
    const pinned = await this.pin(source.workspace, script, completion, { fresh: false })
    if (!pinned.ok) return pinned
    // Without the dependency files, as a version with this lock is.
    return { ok: true, ...(await this.#prepare({ ...script, lock: pinned.lock }, key, completion)) }
  }

  /** The lock for what is imported at this moment; where none can be made, the one that the source has. */
  async #repin(workspace: string, { script, key }: Gathered, completion: Completion): Promise<string | undefined> {
    const { runtime, onLog } = completion
    const at = `${runtime.id}/${workspace}/${key}`
    const known = this.#repinned.get(at)
    if (known !== undefined) return known
    const pinned = await this.pin(workspace, script, completion, { fresh: false })
    if (!pinned.ok) return script.lock
    this.#repinned.set(at, pinned.lock)
    if (pinned.lock !== script.lock)
      onLog(
        'a script that this one imports has changed since its lock was made: its packages are pinned for this run\n',
      )
    return pinned.lock
  }

  /** Adds what the source imports, and says in the log what it imports in vain. */
  async gather(
    { workspace, content, path, lock }: BareSource,
    { runtime, onLog }: Pick<Completion, 'runtime' | 'onLog'>,
  ): Promise<({ readonly ok: true } & Gathered) | { readonly ok: false; readonly outcome: RunOutcome }> {
    const own = digest(path ?? '', content)
    await loadGrammarOf(runtime)
    try {
      const modules = await this.#modules.load(runtime, { workspace, content, path }, own)
      if (modules.missing.length > 0) onLog(tellMissing(modules))
      const hashes = [...modules.found].map(([at, { hash }]) => `${at} ${hash}`)
      const sources = Object.fromEntries([...modules.found].map(([at, module]) => [at, module.content]))
      const script = { content, path, lock, ...(modules.found.size > 0 && { modules: sources }) }
      return { ok: true, script, key: hashes.length === 0 ? own : digest(own, ...hashes) }
    } catch (error) {
      if (error instanceof TooManyModules) return { ok: false, outcome: failed('TooManyImports', error.message) }
      throw error
    }
  }

  /** Pins the packages of a gathered source; an empty lock where it needs none. `fresh` takes no answer that is kept from before. */
  async pin(
    workspace: string,
    script: ScriptSource,
    { runtime, toolchain, signal, onLog }: Completion,
    {
      fresh,
      manifests,
    }: { readonly fresh: boolean; readonly manifests?: Readonly<Record<string, string>> | undefined },
  ): Promise<{ readonly ok: true; readonly lock: string } | { readonly ok: false; readonly outcome: RunOutcome }> {
    const { dependencies } = runtime
    if (!dependencies) return { ok: true, lock: '' }
    const { db, launcher, limits } = this.#tools
    const names = dependencies.manifestNames(script.content)
    const files = manifests ?? (await loadDependencyFilesOfRun(db.pool, workspace, runtime.id, names))
    const wanting = { ...script, lock: undefined, manifests: files }
    const step: Step | undefined = dependencies.resolve(wanting, toolchain, await this.#tools.registries())
    if (!step) return { ok: true, lock: '' }
    const request: StepRequest = { runtime, toolchain, limits, workspace, signal, onLog }
    return await launcher.resolve(step, request, { fresh })
  }

  async #prepare(script: ScriptSource, contentKey: string, { runtime, toolchain }: Completion): Promise<Ready> {
    const { lock } = script
    const key = `${runtime.id}/${contentKey}/${lock === undefined || lock === '' ? '' : digest(lock)}`
    const known = this.#prepared.get(key)
    if (known) return known
    const install = lock ? runtime.dependencies?.install(lock, toolchain, await this.#tools.registries()) : undefined
    const ready = { prepared: runtime.prepare(script, toolchain), install }
    this.#prepared.set(key, ready)
    return ready
  }
}

/** Whether something that is imported may need other packages than the lock has. One that was sent with its script counts as it is. */
function isStale({ lock, lockKey }: BareSource, { script, key }: Gathered): boolean {
  if (script.modules === undefined) return false
  return lockKey === undefined ? lock === '' : lockKey !== key
}

function tellMissing({ missing }: Modules): string {
  const lines = missing
    .slice(0, MISSING_TOLD)
    .map(
      ({ path, importedBy }) =>
        `no script of this workspace serves at ${path}, which ${importedBy ?? 'this script'} imports\n`,
    )
  return missing.length > MISSING_TOLD
    ? [...lines, `and ${missing.length - MISSING_TOLD} more\n`].join('')
    : lines.join('')
}

function digest(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length} `).update(part)
  return hash.digest('base64url')
}
