import type { LineFloor } from './sql/claim.ts'

/** One of so many claimed jobs may come from a lower priority that waited too long. */
const AGED_EVERY = 10
const FULL_LOOK_MS = 250
/** Looks from the very front take at most a twentieth of the time. */
const FULL_LOOK_SHARE = 20

/** What one claim should say beside who asks and for how many. */
export interface ClaimTerms {
  readonly tags: readonly string[]
  readonly floors: ReadonlyMap<string, LineFloor>
  readonly aged: number
  readonly isFull: boolean
}

/** What a claim needs to know of a job that it took. */
export interface Claimed {
  readonly tag: string
  readonly priority: number
  readonly fair: string
}

/**
 * What a worker remembers from claim to claim.
 *
 * Floors: places only grow, so after a claim nothing new can stand before what it took, and the next one starts there; it does not
 * walk over rows that are gone but not vacuumed, of which a long transaction elsewhere can pile up millions. Jobs that were
 * handed back stand before the floor: `returned` forgets it, and now and then a full look starts from the front for whatever
 * was not announced, as seldom as keeps its cost to a twentieth.
 *
 * Turns: among equals the tag that was served last goes last. Ageing: each tenth job may come from a lower priority.
 */
export class ClaimPolicy {
  readonly #floors = new Map<string, LineFloor>()
  #turns: string[]
  #sinceAged = 0
  #fullAtMs = -Infinity
  #fullTookMs = 0

  constructor(tags: readonly string[]) {
    this.#turns = [...tags]
  }

  /** The terms of a claim now; `nowMs` is monotonic. */
  terms(nowMs: number): ClaimTerms {
    const isFull = nowMs - this.#fullAtMs >= Math.max(FULL_LOOK_MS, FULL_LOOK_SHARE * this.#fullTookMs)
    return {
      tags: this.#turns,
      floors: isFull ? none : this.#floors,
      aged: Math.floor(this.#sinceAged / AGED_EVERY),
      isFull,
    }
  }

  /** What a claim on these terms brought, in milliseconds from `beganMs` to `endedMs`. */
  claimed(terms: ClaimTerms, jobs: readonly Claimed[], beganMs: number, endedMs: number): void {
    if (terms.isFull) {
      this.#fullAtMs = endedMs
      this.#fullTookMs = endedMs - beganMs
      this.#floors.clear()
    }
    if (terms.aged > 0) this.#sinceAged = 0
    this.#sinceAged += jobs.length
    // The lowest priority that was reached: there the line is longest, and above it a claim looks from the front anyway.
    for (const { tag, priority, fair } of jobs) {
      const floor = this.#floors.get(tag)
      if (!floor || priority < floor.priority || (priority === floor.priority && BigInt(fair) > BigInt(floor.fair)))
        this.#floors.set(tag, { priority, fair })
    }
    const last = jobs.at(-1)?.tag
    if (last !== undefined && this.#turns.length > 1) this.#turns = [...this.#turns.filter((tag) => tag !== last), last]
  }

  /** Jobs of the tags (none: any) were handed back to the places they had. */
  returned(tags: readonly string[]): void {
    if (tags.length === 0) this.#floors.clear()
    for (const tag of tags) this.#floors.delete(tag)
  }

  /** The worker serves other tags from now on. */
  serve(tags: readonly string[]): void {
    this.#turns = [...tags]
  }
}

const none: ReadonlyMap<string, LineFloor> = new Map()
