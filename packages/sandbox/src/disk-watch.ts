import { measureFolders } from './folder-size.ts'
import type { RunSpec } from './spec.ts'

/** Folders that together may hold so much; `inside` is set for one with a bound of its own. */
interface Room {
  readonly folders: readonly string[]
  readonly bytesMax: number
  readonly inside?: string
}

const FIRST_MS = 300
const EVERY_MS = 1000
/** A look takes at most this part of the time until the next. */
const LOOK_SHARE = 20

/** Looks at what a box wrote while it runs, once a second, and less often where that is much to look at. */
export class DiskWatch {
  readonly #rooms: readonly Room[]
  readonly #onFull: (inside: string | undefined) => void
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  private constructor(rooms: readonly Room[], onFull: (inside: string | undefined) => void) {
    this.#rooms = rooms
    this.#onFull = onFull
    this.#wait(FIRST_MS)
  }

  /**
   * A watch over the writable mounts of a box; none where nothing bounds them. `onFull` is called once, when they hold more than
   * they may, with the mount whose own bound that is.
   */
  static of({ mounts, limits }: RunSpec, onFull: (inside: string | undefined) => void): DiskWatch | undefined {
    const written = mounts.filter((mount) => mount.writable)
    const shared = written.filter((mount) => mount.bytesMax === undefined).map((mount) => mount.host)
    const { diskBytesMax } = limits
    const rooms: Room[] = diskBytesMax === undefined ? [] : [{ folders: shared, bytesMax: diskBytesMax }]
    for (const { host, inside, bytesMax } of written)
      if (bytesMax !== undefined) rooms.push({ folders: [host], bytesMax, inside })
    return rooms.some(({ folders }) => folders.length > 0) ? new DiskWatch(rooms, onFull) : undefined
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
    for (const { folders, bytesMax, inside } of this.#rooms) {
      const bytes = await measureFolders(folders, bytesMax)
      if (this.#isStopped) return
      if (bytes > bytesMax) return this.#onFull(inside)
    }
    this.#wait(Math.max(EVERY_MS, LOOK_SHARE * (performance.now() - beganMs)))
  }
}
