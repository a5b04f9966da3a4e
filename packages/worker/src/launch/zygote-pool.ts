import type { Logger } from '@millrace/base/logger'
import { planKey, type LaunchPlan } from './launch-context.ts'
import type { WarmPool, WarmProcess } from './warm-memory.ts'

/** A process that stays and serves one job at a time. */
export interface Server {
  readonly isDead: boolean
  memoryBytes(): Promise<number | undefined>
  stop(): Promise<void>
}

/** How many there are of one plan at the most, how long one waits for a job, and how one is started. */
export interface ZygotePoolOptions<Z extends Server> {
  readonly sizeMax: number
  readonly idleMs: number
  /** After a job it makes ready for the next one, which should go to another one meanwhile; so there is one in reserve. */
  readonly takesTurns?: boolean
  start(plan: LaunchPlan): Promise<Z>
}

interface IdleZygote<Z> {
  readonly zygote: Z
  readonly sinceMs: number
}

interface Shelf<Z> {
  readonly idle: IdleZygote<Z>[]
  /** Zygotes that there are, and that are starting. */
  count: number
  isAdding: boolean
  /** Jobs that wait for one, where there are as many as there may be. */
  readonly waiting: (() => void)[]
}

/** Within this time after a job one that takes turns is ready for the next. */
const RESTED_MS = 60
/** Of those that take turns, so many stand ready for jobs that come one right after the other. */
const RESERVE_MAX = 3

/**
 * Zygotes by plan: as many as jobs run at once (at most `sizeMax`), each for one job at a time; what is idle for `idleMs` goes. Where they
 * take turns there is one in reserve, and more when a job finds none that has rested since its last one.
 */
export class ZygotePool<Z extends Server> implements WarmPool {
  readonly #log: Logger
  readonly #options: ZygotePoolOptions<Z>
  readonly #shelves = new Map<string, Shelf<Z>>()
  readonly #sweep: NodeJS.Timeout
  readonly #adding = new Set<Promise<void>>()
  #isStopped = false

  constructor(log: Logger, options: ZygotePoolOptions<Z>) {
    this.#log = log
    this.#options = options
    this.#sweep = setInterval(() => this.#forgetIdle(), Math.min(60_000, options.idleMs / 2)).unref()
  }

  async take(plan: LaunchPlan): Promise<Z> {
    const shelf = this.#shelf(plan)
    for (;;) {
      for (let entry = this.#next(shelf); entry; entry = this.#next(shelf)) {
        if (entry.zygote.isDead) {
          this.#discard(shelf, entry.zygote)
          continue
        }
        if (this.#options.takesTurns && !hasRested(entry) && shelf.idle.length < RESERVE_MAX) this.#add(shelf, plan)
        return entry.zygote
      }
      if (shelf.count < this.#options.sizeMax) return await this.#start(shelf, plan)
      await new Promise<void>((resolve) => shelf.waiting.push(resolve))
    }
  }

  /** The one used last, whose pages are the warmest while the others get to be idle; of those that take turns, one that has rested. */
  #next({ idle }: Shelf<Z>): IdleZygote<Z> | undefined {
    if (!this.#options.takesTurns) return idle.pop()
    const last = idle.findLastIndex(hasRested)
    const longest = idle.reduce((best, { sinceMs }, at) => (sinceMs < (idle[best]?.sinceMs ?? 0) ? at : best), 0)
    return idle.splice(last < 0 ? longest : last, 1)[0]
  }

  release(plan: LaunchPlan, zygote: Z): void {
    const shelf = this.#shelf(plan)
    if (zygote.isDead || this.#isStopped) this.#discard(shelf, zygote)
    else shelf.idle.push({ zygote, sinceMs: performance.now() })
    shelf.waiting.shift()?.()
    if (this.#options.takesTurns && shelf.idle.length < 2) this.#add(shelf, plan)
  }

  async #start(shelf: Shelf<Z>, plan: LaunchPlan): Promise<Z> {
    shelf.count += 1
    try {
      return await this.#options.start(plan)
    } catch (error) {
      shelf.count -= 1
      shelf.waiting.shift()?.()
      throw error
    }
  }

  /** Starts one for later; one at a time. */
  #add(shelf: Shelf<Z>, plan: LaunchPlan): void {
    if (shelf.isAdding || this.#isStopped) return
    shelf.isAdding = true
    const adding = this.#start(shelf, plan)
      .then(
        (zygote) => {
          shelf.idle.unshift({ zygote, sinceMs: performance.now() })
        },
        (error: unknown) => this.#log.warn({ err: error }, 'a zygote cannot be started ahead'),
      )
      .finally(() => {
        shelf.isAdding = false
        this.#adding.delete(adding)
      })
    this.#adding.add(adding)
  }

  /** Lets the first zygote of a plan start before its first job comes. */
  warm(plan: LaunchPlan): void {
    if (this.#shelf(plan).idle.length > 0) return
    this.take(plan).then(
      (zygote) => this.release(plan, zygote),
      (error: unknown) => this.#log.warn({ err: error }, 'a zygote cannot be started ahead'),
    )
  }

  waiting(): readonly WarmProcess[] {
    return [...this.#shelves.values()].flatMap((shelf) =>
      shelf.idle.map((entry) => ({
        usedAtMs: entry.sinceMs,
        memoryBytes: () => entry.zygote.memoryBytes(),
        letGo: () => this.#letGo(shelf, entry),
      })),
    )
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#sweep)
    await Promise.all(this.#adding)
    await Promise.all(
      [...this.#shelves.values()].flatMap((shelf) => shelf.idle.splice(0).map(({ zygote }) => zygote.stop())),
    )
  }

  #shelf(plan: LaunchPlan): Shelf<Z> {
    const key = planKey(plan)
    const shelf: Shelf<Z> = this.#shelves.get(key) ?? { idle: [], count: 0, isAdding: false, waiting: [] }
    this.#shelves.set(key, shelf)
    return shelf
  }

  #forgetIdle(): void {
    for (const [key, shelf] of this.#shelves) {
      const overSinceMs = performance.now() - this.#options.idleMs
      for (const entry of shelf.idle.filter(({ sinceMs }) => sinceMs < overSinceMs)) this.#letGo(shelf, entry)
      if (shelf.count === 0 && shelf.waiting.length === 0) this.#shelves.delete(key)
    }
  }

  #letGo(shelf: Shelf<Z>, entry: IdleZygote<Z>): void {
    const at = shelf.idle.indexOf(entry)
    if (at < 0) return
    shelf.idle.splice(at, 1)
    this.#discard(shelf, entry.zygote)
  }

  #discard(shelf: Shelf<Z>, zygote: Z): void {
    shelf.count -= 1
    zygote.stop().catch((error: unknown) => this.#log.warn({ err: error }, 'a zygote did not stop'))
  }
}

function hasRested({ sinceMs }: { readonly sinceMs: number }): boolean {
  return performance.now() - sinceMs >= RESTED_MS
}
