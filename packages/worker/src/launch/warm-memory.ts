import { availableMemory } from 'node:process'
import type { Logger } from '@millrace/base/logger'

const LOOK_MS = 10_000
const SHARE = 0.25

/** A process that waits for jobs. */
export interface WarmProcess {
  /** Memory that it holds now; undefined where the host cannot tell. */
  memoryBytes(): Promise<number | undefined>
  /** When its kind was needed last, by the monotonic clock. */
  readonly usedAtMs: number
  /** Ends it, unless it was taken meanwhile. */
  letGo(): void
}

/** Where processes wait. */
export interface WarmPool {
  waiting(): readonly WarmProcess[]
}

/** How much memory processes may hold while they wait; asked with what they hold at the moment. */
export type WarmBound = (heldBytes: number) => number

/** So many bytes; without them a quarter of what is free and of what they hold, so that it follows the machine or its container. */
export function boundOf(bytesMax: number | undefined): WarmBound {
  return (heldBytes) => bytesMax ?? SHARE * (availableMemory() + heldBytes)
}

/**
 * Bounds the memory of processes that wait for jobs, in all pools together: past the bound those go whose kind was not needed for
 * longest. Looked at every ten seconds, so that one burst does not throw out what the next job needs.
 */
export class WarmMemory {
  readonly #pools: readonly WarmPool[]
  readonly #bound: WarmBound
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout
  #looking: Promise<void> = Promise.resolve()

  constructor(pools: readonly WarmPool[], bound: WarmBound, log: Logger) {
    this.#pools = pools
    this.#bound = bound
    this.#log = log
    this.#timer = setInterval(() => {
      this.#looking = this.fit().catch((error: unknown) =>
        log.warn({ err: error }, 'warm processes cannot be measured'),
      )
    }, LOOK_MS).unref()
  }

  /** Lets processes go until the rest is within the bound. */
  async fit(): Promise<void> {
    const waiting = this.#pools.flatMap((pool) => pool.waiting())
    const sizes = await Promise.all(waiting.map(async (each) => ({ each, bytes: (await each.memoryBytes()) ?? 0 })))
    let heldBytes = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
    const bytesMax = this.#bound(heldBytes)
    let count = 0
    for (const { each, bytes } of sizes.toSorted((a, b) => a.each.usedAtMs - b.each.usedAtMs)) {
      if (heldBytes <= bytesMax) break
      each.letGo()
      heldBytes -= bytes
      count += 1
    }
    if (count > 0) this.#log.debug({ count, heldBytes, bytesMax }, 'warm processes made room')
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }
}
