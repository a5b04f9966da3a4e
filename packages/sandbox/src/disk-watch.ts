import { measureFolders } from './folder-size.ts'
import type { RunSpec } from './spec.ts'

const FIRST_MS = 300
const EVERY_MS = 1000
/** A look takes at most this part of the time until the next. */
const LOOK_SHARE = 20

/** Looks at what a box wrote while it runs, once a second, and less often where that is much to look at. */
export class DiskWatch {
  readonly #folders: readonly string[]
  readonly #bytesMax: number
  readonly #onFull: () => void
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  /** `onFull` is called once, when the folders hold more than they may. */
  constructor(folders: readonly string[], bytesMax: number, onFull: () => void) {
    this.#folders = folders
    this.#bytesMax = bytesMax
    this.#onFull = onFull
    this.#wait(FIRST_MS)
  }

  /** A watch over the writable mounts of a box; none where nothing bounds them. */
  static of({ mounts, limits }: RunSpec, onFull: () => void): DiskWatch | undefined {
    const folders = mounts.filter((mount) => mount.writable).map((mount) => mount.host)
    if (limits.diskBytesMax === undefined || folders.length === 0) return undefined
    return new DiskWatch(folders, limits.diskBytesMax, onFull)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => void this.#look(), ms).unref()
  }

  async #look(): Promise<void> {
    const beganMs = performance.now()
    const bytes = await measureFolders(this.#folders, this.#bytesMax)
    if (this.#isStopped) return
    if (bytes > this.#bytesMax) this.#onFull()
    else this.#wait(Math.max(EVERY_MS, LOOK_SHARE * (performance.now() - beganMs)))
  }
}
