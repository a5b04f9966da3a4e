import { watch, type FSWatcher } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sleep } from '@millrace/base/time'
import { SessionError } from '../exit.ts'
import { isIgnoredFolder } from './script-file.ts'

/** Editors write a file in several steps; what follows within this time belongs to the same save. */
const SETTLE_MS = 120

/**
 * Gives the files of a folder, and then again and again those that were written, made or removed since, the last one last; a
 * folder that went away is named itself. What happens while the caller is busy comes together afterwards. Ends when the signal aborts.
 */
export async function* watchFolder(folder: string, signal: AbortSignal): AsyncGenerator<ReadonlySet<string>> {
  const watcher = new FolderWatcher()
  const stop = () => watcher.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await watcher.add(folder)
    for (let touched = watcher.take(); !signal.aborted; touched = await watcher.next(signal)) yield touched
  } finally {
    signal.removeEventListener('abort', stop)
    watcher.close()
  }
}

/** Watches each folder by itself: Node's own recursion would also watch folders that hold thousands of packages. */
class FolderWatcher {
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>()
  #touched = new Set<string>()
  #touches = 0
  #isClosed = false
  #wake: () => void = () => undefined

  /** Watches a folder and those below it; it is watched first and listed then, so that nothing slips between. */
  async add(folder: string): Promise<void> {
    if (this.#isClosed) return
    const identity = await identityOf(folder)
    if (identity === undefined || this.#watchers.get(folder)?.identity === identity) return
    this.#drop(folder)
    try {
      const watcher = watch(folder, (_, name) => this.#touch(name === null ? folder : join(folder, name)))
      watcher.on('error', () => this.#drop(folder))
      this.#watchers.set(folder, { watcher, identity })
    } catch (error) {
      if (isGone(error)) return
      throw explain(error, folder)
    }
    for (const entry of await listFolder(folder)) {
      const path = join(folder, entry.name)
      if (!entry.isDirectory()) this.#touched.add(path)
      else if (!isIgnoredFolder(entry.name)) await this.add(path)
    }
  }

  take(): ReadonlySet<string> {
    const touched = this.#touched
    this.#touched = new Set()
    return touched
  }

  /** The next files, once nothing more was touched for a moment. */
  async next(signal: AbortSignal): Promise<ReadonlySet<string>> {
    while (!signal.aborted) {
      if (this.#touched.size === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
      let seen = -1
      while (seen !== this.#touches && !signal.aborted) {
        seen = this.#touches
        await sleep(SETTLE_MS, signal)
      }
      const files = await this.#resolve(this.take())
      if (files.size > 0) return files
    }
    return new Set()
  }

  close(): void {
    this.#isClosed = true
    for (const { watcher } of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
    this.#wake()
  }

  /** A new folder becomes the files in it. */
  async #resolve(touched: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const files = new Set<string>()
    for (const path of touched) {
      const isFolder = await stat(path).then(
        (found) => found.isDirectory(),
        () => false,
      )
      if (!isFolder) {
        this.#drop(path)
        files.add(path)
      } else if (!isIgnoredFolder(path.slice(path.lastIndexOf('/') + 1))) await this.add(path)
    }
    for (const path of this.take()) files.add(path)
    return files
  }

  #touch(path: string): void {
    this.#touched.delete(path)
    this.#touched.add(path)
    this.#touches += 1
    this.#wake()
  }

  /** Forgets a folder that is gone, with those below it, so that one of the same name is watched anew. */
  #drop(folder: string): void {
    for (const [path, { watcher }] of this.#watchers) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue
      watcher.close()
      this.#watchers.delete(path)
    }
  }
}

/** A folder that was removed and made again is another one, even where the file system gives it the same number. */
async function identityOf(folder: string): Promise<string | undefined> {
  try {
    const { ino, birthtimeMs } = await stat(folder)
    return `${ino}:${birthtimeMs}`
  } catch {
    return undefined
  }
}

async function listFolder(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isGone(error)) return []
    throw explain(error, folder)
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

function explain(error: unknown, folder: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EMFILE')
    return new SessionError(
      `${folder} cannot be watched: this system watches no more folders. Watch a smaller folder, or raise fs.inotify.max_user_watches.`,
    )
  return new SessionError(`${folder} cannot be watched (${code || String(error)}).`)
}
