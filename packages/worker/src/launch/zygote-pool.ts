import type { Logger } from '@millrace/base/logger'
import { planKey, type LaunchContext, type LaunchPlan } from './launch-context.ts'
import { Zygote } from './zygote.ts'

const IDLE_MS = 600_000

interface Shelf {
  readonly idle: { readonly zygote: Zygote; sinceMs: number }[]
}

/** Zygotes by plan: as many as jobs run at once, each for one job at a time; what is idle for ten minutes goes, but for one. */
export class ZygotePool {
  readonly #context: LaunchContext
  readonly #log: Logger
  readonly #shelves = new Map<string, Shelf>()
  readonly #sweep: NodeJS.Timeout
  #isStopped = false

  constructor(context: LaunchContext, log: Logger) {
    this.#context = context
    this.#log = log
    this.#sweep = setInterval(() => this.#forgetIdle(), 60_000).unref()
  }

  async take(plan: LaunchPlan): Promise<Zygote> {
    const shelf = this.#shelf(plan)
    // The one used last: its pages are the warmest, and the others get to be idle.
    for (let entry = shelf.idle.pop(); entry; entry = shelf.idle.pop()) {
      if (!entry.zygote.isDead) return entry.zygote
      this.#discard(entry.zygote)
    }
    return await Zygote.start(this.#context, plan)
  }

  release(plan: LaunchPlan, zygote: Zygote): void {
    if (zygote.isDead || this.#isStopped) return this.#discard(zygote)
    this.#shelf(plan).idle.push({ zygote, sinceMs: performance.now() })
  }

  /** Lets the first zygote of a plan start before its first job comes. */
  warm(plan: LaunchPlan): void {
    if (this.#shelf(plan).idle.length > 0) return
    this.take(plan).then(
      (zygote) => this.release(plan, zygote),
      (error: unknown) => this.#log.warn({ err: error }, 'a zygote cannot be started ahead'),
    )
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#sweep)
    await Promise.all(
      [...this.#shelves.values()].flatMap((shelf) => shelf.idle.splice(0).map(({ zygote }) => zygote.stop())),
    )
  }

  #shelf(plan: LaunchPlan): Shelf {
    const key = planKey(plan)
    const shelf = this.#shelves.get(key) ?? { idle: [] }
    this.#shelves.set(key, shelf)
    return shelf
  }

  #forgetIdle(): void {
    for (const shelf of this.#shelves.values()) {
      while (shelf.idle.length > 1 && performance.now() - (shelf.idle[0]?.sinceMs ?? 0) > IDLE_MS) {
        const entry = shelf.idle.shift()
        if (entry) this.#discard(entry.zygote)
      }
    }
  }

  #discard(zygote: Zygote): void {
    zygote.stop().catch((error: unknown) => this.#log.warn({ err: error }, 'a zygote did not stop'))
  }
}
