import { ConcurrencyKeys } from './concurrency-keys.ts'
import type { ModelWish } from './claim-walk.ts'
import { ModelQueue, type Ended, type ModelClaim, type ModelQueueOptions } from './model-queue.ts'
import type { ModelJob, QueueRow } from './queue-row.ts'
import { ReadyLines, type Line, type Place } from './ready-lines.ts'

/** Everyone stands behind everyone who was there before. */
export class QueueInOrderOfComing extends ModelQueue {
  protected override makeLines({ weightOf }: ModelQueueOptions): ReadyLines {
    return new LinesInOrderOfComing(weightOf)
  }
}

class LinesInOrderOfComing extends ReadyLines {
  override place(line: Line): Place {
    return { place: (line.rows.last?.fair ?? 0) + 1, cost: 1 }
  }
}

/** All tenants count alike. */
export class QueueWithoutWeights extends ModelQueue {
  protected override makeLines(): ReadyLines {
    return new ReadyLines(() => 1)
  }
}

/** Each hundredth job is acknowledged and forgotten. */
export class QueueThatLoses extends ModelQueue {
  override enqueue(jobs: readonly ModelJob[]): readonly QueueRow[] {
    return super.enqueue(jobs).map((row) => {
      if (row.id % 100 === 0) super.cancel([row])
      return row
    })
  }
}

/** Each hundredth claim brings a job that somebody has already. */
export class QueueThatRepeats extends ModelQueue {
  #count = 0
  #last: readonly ModelClaim[] = []

  override claim(wish: ModelWish): readonly ModelClaim[] {
    this.#count += 1
    const claims = super.claim(wish)
    const again = this.#count % 100 === 0 ? this.#last : []
    this.#last = claims
    return [...again, ...claims]
  }
}

/** One job more than the limit is let in. */
export class QueueOverLimits extends ModelQueue {
  protected override makeKeys(lines: ReadyLines, nowMs: () => number): ConcurrencyKeys {
    return new KeysOverLimits(lines, nowMs)
  }
}

class KeysOverLimits extends ConcurrencyKeys {
  protected override freeSlots(key: Parameters<ConcurrencyKeys['freeSlots']>[0]): number {
    return super.freeSlots({ ...key, slots: key.slots + 1 })
  }
}

/** The first slots are not given back. */
export class QueueThatLeaksSlots extends ModelQueue {
  protected override makeKeys(lines: ReadyLines, nowMs: () => number): ConcurrencyKeys {
    return new KeysThatLeak(lines, nowMs)
  }
}

class KeysThatLeak extends ConcurrencyKeys {
  #count = 0

  override settle(names: Iterable<string>, ended: readonly QueueRow[]): readonly string[] {
    this.#count += ended.length
    return super.settle(names, this.#count > 20 ? ended : [])
  }
}

/** Lower priorities get nothing while there are higher ones. */
export class QueueWithoutAgeing extends ModelQueue {
  override claim(wish: ModelWish): readonly ModelClaim[] {
    return super.claim({ ...wish, aged: 0 })
  }
}

/** Lower priorities get half of the claims. */
export class QueueOfTheLow extends ModelQueue {
  override claim(wish: ModelWish): readonly ModelClaim[] {
    return super.claim({ ...wish, aged: Math.ceil(wish.limit / 2), patienceMs: 0 })
  }
}

/** A worker that is lost keeps what it had. */
export class QueueWithoutRescue extends ModelQueue {
  override rescue(): Ended & { readonly requeued: readonly QueueRow[] } {
    return { requeued: [], ended: [], ready: [] }
  }
}
