import { createHash } from 'node:crypto'
import { readFile, rename, stat } from 'node:fs/promises'
import type { Language } from '@millrace/contracts'
import { isFile } from '../source-file.ts'
import { ARGS_ENDING, classify, type ScriptFile } from './script-file.ts'

/** What a batch of touched files means. */
export interface Changes {
  /** Written since they were last looked at, newest first. */
  readonly saved: readonly ScriptFile[]
  /** Scripts whose `.args.json` was written. */
  readonly again: readonly ScriptFile[]
  readonly removed: readonly ScriptFile[]
  /** The files that belong to them have moved along. */
  readonly renamed: readonly { readonly from: ScriptFile; readonly to: ScriptFile }[]
  /** Files of no language, each told once. */
  readonly unknown: readonly string[]
}

interface Known {
  readonly script: ScriptFile
  /** Changes with every save, also one of the same content. */
  readonly stamp: string
  readonly hash: string
}

/** The scripts of a watched folder as they were last seen. */
export class FolderState {
  readonly #languages: readonly Language[]
  readonly #folder: string
  readonly #known = new Map<string, Known>()
  readonly #told = new Set<string>()

  constructor(languages: readonly Language[], folder: string) {
    this.#languages = languages
    this.#folder = folder
  }

  /** Compares touched paths, which may be gone, with what was known of them. */
  async take(touched: ReadonlySet<string>): Promise<Changes> {
    const gone = await this.#forgetGone(touched)
    const saved: Known[] = []
    const made: Known[] = []
    const stems = new Set<string>()
    const unknown: string[] = []
    for (const path of touched) {
      const found = classify(this.#languages, this.#folder, path)
      if (found.kind === 'args') stems.add(found.stem)
      if (found.kind === 'unknown' && !this.#told.has(path) && (await isFile(path))) unknown.push(path)
      if (found.kind !== 'script') continue
      const before = this.#known.get(path)
      const now = await inspect(found.script)
      if (!now || now.stamp === before?.stamp) continue
      this.#known.set(path, now)
      saved.push(now)
      if (!before) made.push(now)
    }
    for (const path of unknown) this.#told.add(path)
    const renamed = await this.#moveAlong(gone, made)
    const left = gone.filter(({ script }) => !renamed.some(({ from }) => from === script))
    return {
      saved: saved.toReversed().map(({ script }) => script),
      again: [...this.#known.values()].flatMap(({ script }) => (stems.has(stemOf(script)) ? [script] : [])),
      removed: left.map(({ script }) => script),
      renamed,
      unknown: unknown.map((path) => path.slice(this.#folder.length + 1)),
    }
  }

  /** Those that were touched themselves, and those in folders that are gone. */
  async #forgetGone(touched: ReadonlySet<string>): Promise<Known[]> {
    const candidates = [...this.#known.values()].filter(({ script: { file } }) =>
      [...touched].some((path) => file === path || file.startsWith(`${path}/`)),
    )
    const gone: Known[] = []
    for (const known of candidates) {
      if (await isFile(known.script.file)) continue
      this.#known.delete(known.script.file)
      gone.push(known)
    }
    return gone
  }

  /** A file that went while one of the same content and language came has another name: its metadata takes it too. */
  async #moveAlong(gone: readonly Known[], made: readonly Known[]): Promise<{ from: ScriptFile; to: ScriptFile }[]> {
    const renamed: { from: ScriptFile; to: ScriptFile }[] = []
    for (const { script: from, hash } of gone) {
      const match = made.find(
        ({ script, ...now }) =>
          now.hash === hash && script.language.id === from.language.id && !renamed.some(({ to }) => to === script),
      )
      if (!match) continue
      const to = match.script
      for (const key of ['metadata', 'lock', 'args'] as const) await moveIfFree(from[key], to[key])
      renamed.push({ from, to })
    }
    return renamed
  }
}

async function inspect(script: ScriptFile): Promise<Known | undefined> {
  try {
    const { mtimeMs, ino } = await stat(script.file)
    const hash = createHash('sha256')
      .update(await readFile(script.file))
      .digest('hex')
    return { script, stamp: `${mtimeMs}:${ino}:${hash}`, hash }
  } catch {
    // Gone again, or not readable: there is nothing to run.
    return undefined
  }
}

async function moveIfFree(from: string, to: string): Promise<void> {
  if ((await isFile(from)) && !(await isFile(to))) await rename(from, to)
}

function stemOf({ args }: ScriptFile): string {
  return args.slice(0, -ARGS_ENDING.length)
}
