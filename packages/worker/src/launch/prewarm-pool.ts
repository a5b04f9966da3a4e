import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from '@millrace/base/logger'
import { Conversation } from './conversation.ts'
import { planKey, planSpec, type LaunchContext, type BoxPlan } from './launch-context.ts'
import type { WarmPool, WarmProcess } from './warm-memory.ts'

const DEMAND_WINDOW_MS = 30_000

/** A box that waits for its one job, with the empty folder it will find the job in. */
export interface ParkedBox {
  readonly conversation: Conversation
  readonly folder: string
}

interface Shelf {
  readonly plan: BoxPlan
  readonly parked: ParkedBox[]
  /** Jobs that came when nothing was parked; each gets the next box that is up. */
  readonly waiting: PromiseWithResolvers<ParkedBox>[]
  starting: number
  inUse: number
  /** Most boxes in use at once lately: as many are kept ready. */
  demand: number
  demandAtMs: number
  usedAtMs: number
}

/**
 * Boxes started ahead of their jobs. Each serves one job and is replaced; as many stand ready as jobs lately ran at once
 * and one more (at most `sizeMax`), and a plan that no job used for `idleMs` loses its boxes.
 */
export class PrewarmPool implements WarmPool {
  readonly #context: LaunchContext
  readonly #log: Logger
  readonly #sizeMax: number
  readonly #idleMs: number
  readonly #shelves = new Map<string, Shelf>()
  readonly #sweep: NodeJS.Timeout
  readonly #starts = new Set<Promise<void>>()
  #isStopped = false

  constructor(context: LaunchContext, log: Logger, { sizeMax, idleMs }: { sizeMax: number; idleMs: number }) {
    this.#context = context
    this.#log = log
    this.#sizeMax = sizeMax
    this.#idleMs = idleMs
    this.#sweep = setInterval(() => this.#forgetIdle(), Math.min(60_000, idleMs / 2)).unref()
  }

  /** A box ready for its job; one is started when none stands ready. `release` it when the job is over. */
  async take(plan: BoxPlan): Promise<ParkedBox> {
    const shelf = this.#shelf(plan)
    shelf.usedAtMs = performance.now()
    shelf.inUse += 1
    if (shelf.inUse >= shelf.demand || shelf.usedAtMs - shelf.demandAtMs > DEMAND_WINDOW_MS) {
      shelf.demand = shelf.inUse
      shelf.demandAtMs = shelf.usedAtMs
    }
    try {
      return await this.#next(shelf)
    } catch (error) {
      shelf.inUse -= 1
      throw error
    }
  }

  /** The job is over: now its box is replaced, where that was not urgent before. */
  release(plan: BoxPlan): void {
    const shelf = this.#shelf(plan)
    shelf.inUse -= 1
    this.#refill(shelf)
  }

  /** Lets the first box of a plan start before its first job comes. */
  warm(plan: BoxPlan): void {
    this.#refill(this.#shelf(plan))
  }

  waiting(): readonly WarmProcess[] {
    return [...this.#shelves.values()].flatMap((shelf) =>
      shelf.parked.map((parked) => ({
        usedAtMs: shelf.usedAtMs,
        memoryBytes: () => parked.conversation.box.memoryBytes(),
        letGo: () => void this.#letGo(shelf, parked),
      })),
    )
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#sweep)
    await Promise.all(this.#starts)
    await Promise.all([...this.#shelves.values()].map((shelf) => this.#empty(shelf)))
  }

  #shelf(plan: BoxPlan): Shelf {
    const key = planKey(plan)
    const known = this.#shelves.get(key)
    if (known) return known
    const nowMs = performance.now()
    const shelf: Shelf = {
      plan,
      parked: [],
      waiting: [],
      starting: 0,
      inUse: 0,
      demand: 1,
      demandAtMs: nowMs,
      usedAtMs: nowMs,
    }
    this.#shelves.set(key, shelf)
    return shelf
  }

  #next(shelf: Shelf): Promise<ParkedBox> {
    if (this.#isStopped) throw new Error('no box is started any more: the launcher has stopped')
    const parked = shelf.parked.shift()
    const next = Promise.withResolvers<ParkedBox>()
    if (parked) next.resolve(parked)
    else shelf.waiting.push(next)
    // A start takes the processor from the job that has just begun; with a box in reserve it can wait for its end.
    if (shelf.parked.length === 0) this.#refill(shelf)
    return next.promise
  }

  #refill(shelf: Shelf): void {
    // One more than ran at once: whoever comes right after a job does not wait for a start.
    const wanted = Math.min(this.#sizeMax, shelf.demand + 1) + shelf.waiting.length
    while (!this.#isStopped && shelf.parked.length + shelf.starting < wanted) {
      shelf.starting += 1
      const start = this.#park(shelf).finally(() => this.#starts.delete(start))
      this.#starts.add(start)
    }
  }

  async #park(shelf: Shelf): Promise<void> {
    try {
      const parked = await this.#start(shelf.plan)
      const next = shelf.waiting.shift()
      if (next) return next.resolve(parked)
      shelf.parked.push(parked)
      void parked.conversation.box.exited.then(() => this.#letGo(shelf, parked))
    } catch (error) {
      shelf.waiting.shift()?.reject(error)
      this.#log.warn({ err: error }, 'a box cannot be started ahead')
    } finally {
      shelf.starting -= 1
    }
  }

  async #start(plan: BoxPlan): Promise<ParkedBox> {
    const folder = join(this.#context.jobsFolder, randomUUID())
    await this.#context.sandbox.makeFolder(folder)
    try {
      const box = await this.#context.sandbox.start(
        planSpec(plan, { host: folder, inside: '/job', writable: true }, {}),
      )
      return { conversation: new Conversation(box), folder }
    } catch (error) {
      await this.#context.sandbox.removeFolder(folder)
      throw error
    }
  }

  /** For one that nobody took: from here on nobody can. One that died while parked is no use either. */
  async #letGo(shelf: Shelf, parked: ParkedBox): Promise<void> {
    const at = shelf.parked.indexOf(parked)
    if (at < 0) return
    shelf.parked.splice(at, 1)
    await this.#end(parked)
  }

  #forgetIdle(): void {
    for (const [key, shelf] of this.#shelves) {
      if (shelf.inUse > 0 || shelf.starting > 0 || performance.now() - shelf.usedAtMs < this.#idleMs) continue
      this.#shelves.delete(key)
      void this.#empty(shelf)
    }
  }

  async #empty(shelf: Shelf): Promise<void> {
    await Promise.all(shelf.parked.splice(0).map((parked) => this.#end(parked)))
  }

  async #end({ conversation, folder }: ParkedBox): Promise<void> {
    conversation.box.kill('SIGKILL')
    await conversation.box.exited
    await this.#context.sandbox.removeFolder(folder)
  }
}
