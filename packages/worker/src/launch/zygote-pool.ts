import type { Logger } from '@millrace/base/logger'
import { planKey, type LaunchContext, type LaunchPlan } from './launch-context.ts'
import { Zygote } from './zygote.ts'

const IDLE_MS = 600_000

interface Shelf {
  readonly plan: LaunchPlan
  readonly idle: { readonly zygote: Zygote; sinceMs: number }[]
  /** Zygotes that there are, and that are starting. */
  count: number
  /** Jobs that wait for one, where there are as many as there may be. */
  readonly waiting: (() => void)[]
}

/**
 * Zygotes by plan: as many as jobs run at once (at most `sizeMax`), each for one job at a time; what is idle for ten minutes
 * goes, but for one where the plan is not made for certain packages or one program.
 */
export class ZygotePool {
  readonly #context: LaunchContext
  readonly #log: Logger
  readonly #shelves = new Map<string, Shelf>()
  readonly #sweep: NodeJS.Timeout
  readonly #sizeMax: number
  #isStopped = false

  constructor(context: LaunchContext, log: Logger, sizeMax = Infinity) {
    this.#context = context
    this.#log = log
    this.#sizeMax = sizeMax
    this.#sweep = setInterval(() => this.#forgetIdle(), 60_000).unref()
  }

  async take(plan: LaunchPlan): Promise<Zygote> {
    const shelf = this.#shelf(plan)
    for (;;) {
      // The one used last: its pages are the warmest, and the others get to be idle.
      for (let entry = shelf.idle.pop(); entry; entry = shelf.idle.pop()) {
        if (!entry.zygote.isDead) return entry.zygote
        this.#discard(shelf, entry.zygote)
      }
      if (shelf.count < this.#sizeMax) return await this.#start(shelf, plan)
      await new Promise<void>((resolve) => shelf.waiting.push(resolve))
    }
  }

  release(plan: LaunchPlan, zygote: Zygote): void {
    const shelf = this.#shelf(plan)
    if (zygote.isDead || this.#isStopped) this.#discard(shelf, zygote)
    else shelf.idle.push({ zygote, sinceMs: performance.now() })
    shelf.waiting.shift()?.()
  }

  async #start(shelf: Shelf, plan: LaunchPlan): Promise<Zygote> {
    shelf.count += 1
    try {
      return await Zygote.start(this.#context, plan)
    } catch (error) {
      shelf.count -= 1
      shelf.waiting.shift()?.()
      throw error
    }
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
    const shelf = this.#shelves.get(key) ?? { plan, idle: [], count: 0, waiting: [] }
    this.#shelves.set(key, shelf)
    return shelf
  }

  #forgetIdle(): void {
    for (const [key, shelf] of this.#shelves) {
      const { plan, idle } = shelf
      const keptAtLeast = plan.isSpecial ? 0 : 1
      while (idle.length > keptAtLeast && performance.now() - (idle[0]?.sinceMs ?? 0) > IDLE_MS) {
        const entry = idle.shift()
        if (entry) this.#discard(shelf, entry.zygote)
      }
      if (shelf.count === 0 && shelf.waiting.length === 0) this.#shelves.delete(key)
    }
  }

  #discard(shelf: Shelf, zygote: Zygote): void {
    shelf.count -= 1
    zygote.stop().catch((error: unknown) => this.#log.warn({ err: error }, 'a zygote did not stop'))
  }
}
