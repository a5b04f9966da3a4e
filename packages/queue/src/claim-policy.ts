import type { LineFloor } from './sql/claim.ts'

/** One of so many claimed jobs may come from a lower priority that waited too long. */
const AGED_EVERY = 10
/** A lower priority whose first job waited so long gets its share of the claims. */
export const PATIENCE_MS = 10_000
const FULL_LOOK_MS = 250
/** A job may be committed so long after its place was chosen and still be found at once. */
const LAG_MS = 100
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
 * Floors: places only grow, so after a claim nothing new can stand before what it took, and a later one starts there; it does not
 * walk over rows that are gone but not vacuumed, of which a long transaction elsewhere can pile up millions. A place is chosen
 * a moment before it is committed, so floors lag by a moment too. Jobs that were handed back stand before the floor:
 * `returned` forgets it, and now and then a full look starts from the front for whatever was late or not announced, as seldom
 * as keeps its cost to a twentieth.
 *
 * Turns: among equals the tag that was served last goes last. Ageing: each tenth job may come from a lower priority.
 */
export class ClaimPolicy {
  readonly #newest = new Map<string, LineFloor>()
  #lagging = new Map<string, LineFloor>()
  #next = new Map<string, LineFloor>()
  #nextAtMs = -Infinity
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
      floors: isFull ? none : this.#lagging,
      aged: Math.floor(this.#sinceAged / AGED_EVERY),
      isFull,
    }
  }

  /** What a claim on these terms brought, in milliseconds from `beganMs` to `endedMs`. */
  claimed(terms: ClaimTerms, jobs: readonly Claimed[], beganMs: number, endedMs: number): void {
    if (terms.aged > 0) this.#sinceAged = 0
    this.#sinceAged += jobs.length
    const reached = furthest(jobs)
    if (terms.isFull) {
      this.#fullAtMs = endedMs
      this.#fullTookMs = endedMs - beganMs
      // What stood before a floor was late or handed back: more of it may stand behind what was found.
      for (const [tag, floor] of reached) this.#lower(tag, floor)
    }
    for (const [tag, floor] of reached) {
      const known = this.#newest.get(tag)
      if (!known || isBefore(known, floor)) this.#newest.set(tag, floor)
    }
    if (endedMs - this.#nextAtMs >= LAG_MS) {
      this.#lagging = this.#next
      this.#next = new Map(this.#newest)
      this.#nextAtMs = endedMs
    }
    const last = jobs.at(-1)?.tag
    if (last !== undefined && this.#turns.length > 1) this.#turns = [...this.#turns.filter((tag) => tag !== last), last]
  }

  /** Jobs of the tags (none: any) were handed back to the places they had. */
  returned(tags: readonly string[]): void {
    if (tags.length === 0) this.#forget()
    for (const tag of tags) for (const floors of [this.#newest, this.#next, this.#lagging]) floors.delete(tag)
  }

  #lower(tag: string, to: LineFloor): void {
    for (const floors of [this.#newest, this.#next, this.#lagging]) {
      const known = floors.get(tag)
      if (known && isBefore(to, known)) floors.set(tag, to)
    }
  }

  #forget(): void {
    for (const floors of [this.#newest, this.#next, this.#lagging]) floors.clear()
  }
}

const none: ReadonlyMap<string, LineFloor> = new Map()

/** The end of each tag's line that was reached, in the lowest priority: there it is longest, and above it a claim looks from the front. */
function furthest(jobs: readonly Claimed[]): ReadonlyMap<string, LineFloor> {
  const reached = new Map<string, LineFloor>()
  for (const { tag, priority, fair } of jobs) {
    const known = reached.get(tag)
    if (!known || isBefore(known, { priority, fair })) reached.set(tag, { priority, fair })
  }
  return reached
}

/** Whether one place of a line comes before another: the higher priority, then the smaller fair place. */
function isBefore(one: LineFloor, other: LineFloor): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority
  return BigInt(one.fair) < BigInt(other.fair)
}
