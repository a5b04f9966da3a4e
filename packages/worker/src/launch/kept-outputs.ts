import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { Logger } from '@millrace/base/logger'
import { lockFile, type Unlock } from './file-lock.ts'

/** An output used so lately is never evicted: whoever uses one says so more often. */
const LEASE_MS = 1_800_000
const TOUCH_MS = 300_000
const LOOK_MS = 3_600_000
const NAME = /^[0-9a-f]{40}$/
const SIZE_FILE = '.bytes'

const execute = promisify(execFile)

/** Where outputs are kept, and how much. */
export interface KeptOutputsOptions {
  readonly folder: string
  readonly bytesMax: number
  readonly log: Logger
  readonly leaseMs?: number | undefined
}

interface Entry {
  readonly target: string
  readonly usedAtMs: number
  readonly bytes: number
}

/**
 * Outputs of steps in `<folder>/<runtime>/<name>`, shared by all processes on the folder. When they are more than `bytesMax`, those
 * go that were not used for longest. Use is told by the time of the output's folder: a user renews it while it uses it, and what was used
 * within the lease stays. One that is older is taken back into use, and removed, under its lock only, so the two never meet.
 */
export class KeptOutputs {
  readonly #options: KeptOutputsOptions
  readonly #leaseMs: number
  readonly #held = new Map<string, number>()
  readonly #timers: readonly NodeJS.Timeout[]
  #evicting: Promise<void> | undefined

  constructor(options: KeptOutputsOptions) {
    this.#options = options
    this.#leaseMs = options.leaseMs ?? LEASE_MS
    this.#timers = [
      setInterval(() => void this.#renew(), Math.min(TOUCH_MS, this.#leaseMs / 4)).unref(),
      setInterval(() => void this.evict(), LOOK_MS).unref(),
    ]
  }

  /** Where the output of that name lies, whether or not it is there. */
  targetOf(runtime: string, name: string): string {
    return join(this.#options.folder, runtime, name)
  }

  /** Whether the output is there; if so, it is in use from now on. */
  async use(target: string): Promise<boolean> {
    const usedAtMs = await timeOf(target)
    if (usedAtMs === undefined) return false
    const ageMs = Date.now() - usedAtMs
    if (ageMs < Math.min(TOUCH_MS, this.#leaseMs / 4)) return true
    if (ageMs < this.#leaseMs / 2) return await touch(target)
    const unlock = await this.lock(target)
    try {
      return await this.useLocked(target)
    } finally {
      await unlock?.()
    }
  }

  /** The same for whoever has the output's lock. */
  async useLocked(target: string): Promise<boolean> {
    return await touch(target)
  }

  /** Keeps it in use until the answer is called. */
  hold(target: string): () => void {
    this.#held.set(target, (this.#held.get(target) ?? 0) + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      const left = (this.#held.get(target) ?? 1) - 1
      if (left > 0) this.#held.set(target, left)
      else this.#held.delete(target)
    }
  }

  /** Alone among all processes on the folder, as far as this output is concerned. */
  async lock(target: string, signal?: AbortSignal): Promise<Unlock | undefined> {
    const folder = join(this.#options.folder, 'locks')
    await mkdir(folder, { recursive: true, mode: 0o755 })
    // As many files as there may be, for ever: one that is removed would be a lock that two can have.
    return await lockFile(join(folder, basename(target).slice(0, 3)), signal)
  }

  /** Shows what was made under another name, whole; whoever was faster has made the same. */
  async publish(making: string, target: string): Promise<void> {
    await writeFile(join(making, SIZE_FILE), String(await measure(making)))
    try {
      await rename(making, target)
    } catch (error) {
      await rm(making, { recursive: true, force: true })
      if ((await timeOf(target)) === undefined) throw error
    }
    void this.evict()
  }

  /** Removes what was not used for longest until the rest is within the bound, as far as nobody uses it. */
  async evict(): Promise<void> {
    this.#evicting ??= this.#evict()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'kept packages and builds cannot be looked at'))
      .finally(() => (this.#evicting = undefined))
    await this.#evicting
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#evicting
  }

  async #evict(): Promise<void> {
    const { bytesMax, log } = this.#options
    const entries = (await this.#list()).toSorted((a, b) => a.usedAtMs - b.usedAtMs)
    let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
    for (const entry of entries) {
      if (bytes <= bytesMax) return
      if (Date.now() - entry.usedAtMs < this.#leaseMs) break
      if (!(await this.#remove(entry.target))) continue
      bytes -= entry.bytes
      log.info({ bytes: entry.bytes, output: entry.target }, 'kept packages or a build made room for others')
    }
    if (bytes > bytesMax)
      log.warn(
        { bytes, bytesMax },
        'kept packages and builds are larger than WORKER_CACHE_MB, and all of them are in use',
      )
  }

  async #remove(target: string): Promise<boolean> {
    const unlock = await this.lock(target)
    try {
      const usedAtMs = await timeOf(target)
      if (usedAtMs === undefined || this.#held.has(target) || Date.now() - usedAtMs < this.#leaseMs) return false
      const gone = `${target}.${randomUUID()}`
      await rename(target, gone)
      await rm(gone, { recursive: true, force: true })
      return true
    } finally {
      await unlock?.()
    }
  }

  async #list(): Promise<readonly Entry[]> {
    const entries: Entry[] = []
    for (const runtime of await readdir(this.#options.folder).catch(() => [])) {
      for (const name of await readdir(join(this.#options.folder, runtime)).catch(() => [])) {
        const target = join(this.#options.folder, runtime, name)
        const usedAtMs = await timeOf(target)
        if (usedAtMs === undefined) continue
        if (NAME.test(name)) entries.push({ target, usedAtMs, bytes: await sizeOf(target) })
        else if (isLeftOver(name) && Date.now() - usedAtMs > 24 * LOOK_MS)
          await rm(target, { recursive: true, force: true })
      }
    }
    return entries
  }

  async #renew(): Promise<void> {
    for (const target of this.#held.keys()) await touch(target)
  }
}

/** What a process was making, or removing, when it was killed. */
function isLeftOver(name: string): boolean {
  return NAME.test(name.split('.')[0] ?? '') && name.includes('.')
}

async function timeOf(target: string): Promise<number | undefined> {
  return (await lstat(target).catch(() => undefined))?.mtimeMs
}

/** False when it is not there. */
async function touch(target: string): Promise<boolean> {
  const now = new Date()
  return await utimes(target, now, now).then(
    () => true,
    () => false,
  )
}

async function sizeOf(target: string): Promise<number> {
  const told = await readFile(join(target, SIZE_FILE), 'utf8').catch(() => undefined)
  return told === undefined ? await measure(target) : Number(told)
}

/** Bytes on the disk. */
async function measure(folder: string): Promise<number> {
  const { stdout } = await execute('du', ['-sk', folder])
  return Number.parseInt(stdout, 10) * 1024
}
