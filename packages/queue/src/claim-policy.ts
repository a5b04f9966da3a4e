import { LookBudget } from './look-budget.ts'
import type { LineFloor } from './sql/claim.ts'

/** One of so many claimed jobs may come from a lower priority that waited too long. */
const AGED_EVERY = 10
/** A lower priority whose first job waited so long gets its share of the claims. */
export const PATIENCE_MS = 10_000
const FULL_LOOK_MS = 250
/** Looks from the very front take at most a twentieth of the time. */
const FULL_LOOK_SHARE = 20
/** A job may be committed so long after its place was chosen and still be found by a short look back. */
const LAG_MS = 100

/** How far back a claim looks: behind what was last taken, behind what was taken a moment ago, or from the very front. */
export type Look = 'newest' | 'back' | 'full'

/** What one claim should say beside who asks and for how many. */
export interface ClaimTerms {
  readonly tags: readonly string[]
  readonly floors: ReadonlyMap<string, LineFloor>
  readonly aged: number
  readonly look: Look
}

/** What a claim needs to know of a job that it took. */
export interface Claimed {
  readonly tag: string
  readonly priority: number
  readonly fair: string
}

/** A claim that was made: how many it asked for, what it got, and when (milliseconds, monotonic). */
export interface ClaimMade {
  readonly wanted: number
  readonly jobs: readonly Claimed[]
  readonly beganMs: number
  readonly endedMs: number
}

/**
 * What a worker remembers from claim to claim.
 *
 * Floors: places only grow, so after a claim nothing new can stand before what it took, and the next one starts there; it does not
 * walk over rows that run, or are gone but not vacuumed, of which a long transaction elsewhere can pile up millions. Two things
 * stand before a floor all the same: jobs that were handed back (`returned` forgets the floor), and jobs whose place was chosen
 * a moment before it was committed. So when there is news of ready jobs (`told`), a claim looks back to the floors of a moment
 * ago, and from the very front when it would find too few; now and then, and before a worker rests, it looks from the front
 * without news too, as seldom as keeps the cost of such looks to a twentieth.
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
  readonly #looks = new LookBudget()
  #hasNews = false
  #wasShort = false
  #owesFull = false

  constructor(tags: readonly string[]) {
    this.#turns = [...tags]
  }

  /** Whether jobs may be ready that the last claim could not see. */
  get hasNews(): boolean {
    return this.#hasNews
  }

  /** Whether a look from the front is due before anybody rests for long. */
  get owesFull(): boolean {
    return this.#owesFull
  }

  /** Milliseconds until it may look for news although the last claim found enough; 0 is now. */
  lookDueInMs(nowMs: number): number {
    return this.#looks.dueInMs(nowMs)
  }

  /** Jobs became ready. */
  told(): void {
    this.#hasNews = true
  }

  /** The terms of a claim now; `nowMs` is monotonic. */
  terms(nowMs: number): ClaimTerms {
    const look = this.#look(nowMs)
    if (look !== 'newest') this.#hasNews = false
    return { tags: this.#turns, floors: this.#floorsOf(look), aged: Math.floor(this.#sinceAged / AGED_EVERY), look }
  }

  #look(nowMs: number): Look {
    const sinceFullMs = nowMs - this.#fullAtMs
    const mayLookFull = sinceFullMs >= FULL_LOOK_SHARE * this.#fullTookMs
    if (mayLookFull && (sinceFullMs >= FULL_LOOK_MS || (this.#wasShort && this.#hasNews))) return 'full'
    if (this.#hasNews && (this.#wasShort || this.#looks.dueInMs(nowMs) === 0)) return 'back'
    return 'newest'
  }

  #floorsOf(look: Look): ReadonlyMap<string, LineFloor> {
    if (look === 'full') return none
    return look === 'back' ? this.#lagging : this.#newest
  }

  /** What a claim on these terms brought. */
  claimed(terms: ClaimTerms, { wanted, jobs, beganMs, endedMs }: ClaimMade): void {
    this.#wasShort = jobs.length < wanted
    if (terms.aged > 0) this.#sinceAged = 0
    this.#sinceAged += jobs.length
    const reached = furthest(jobs)
    if (terms.look === 'back') this.#looks.spend(endedMs - beganMs, endedMs)
    if (terms.look === 'full') {
      this.#fullAtMs = endedMs
      this.#fullTookMs = endedMs - beganMs
      // What stood before a floor was late or handed back: more of it may stand behind what was found.
      for (const [tag, floor] of reached) this.#lower(tag, floor)
    }
    this.#owesFull = this.#wasShort && terms.look !== 'full'
    for (const [tag, floor] of reached) {
      const known = this.#newest.get(tag)
      if (!known || isBefore(known, floor)) this.#newest.set(tag, floor)
    }
    // A line that has nobody begins at its front again.
    if (this.#wasShort) for (const floors of [this.#newest, this.#next, this.#lagging]) floors.clear()
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
    this.#hasNews = true
    const all = [this.#newest, this.#next, this.#lagging]
    if (tags.length === 0) for (const floors of all) floors.clear()
    for (const tag of tags) for (const floors of all) floors.delete(tag)
  }

  #lower(tag: string, to: LineFloor): void {
    for (const floors of [this.#newest, this.#next, this.#lagging]) {
      const known = floors.get(tag)
      if (known && isBefore(to, known)) floors.set(tag, to)
    }
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
  // Places are positive: of two the longer text is the greater one, and texts of one length sort as their numbers.
  return one.fair.length === other.fair.length ? one.fair < other.fair : one.fair.length < other.fair.length
}
