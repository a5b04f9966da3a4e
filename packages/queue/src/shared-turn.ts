import { queryJointly, type Database, type Sender, type Through } from '@millrace/db'

type Statement = Parameters<Sender['query']>[0]
type Answer = Awaited<ReturnType<Sender['query']>>

/** Claims of so few jobs go with so few outcomes; larger ones are better off beside each other. */
export const SHARED_MAX = 4

/** Turns of the event loop that a claim waits for outcomes. */
const TURNS_MAX = 2
/** Outcomes do not wait for claims that take longer, as they do where a transaction holds up vacuum. */
const SLOW_MS = 20

interface Waiting {
  readonly statement: Statement
  readonly settle: (answer: Promise<Answer>) => void
}

/**
 * Sends a claim in the transaction of the outcomes that make room for it: one commit instead of two, which is most of what a worker
 * with few slots costs the database. Outcomes go first, so that the claim finds what they let in (Q52).
 */
export class SharedTurn {
  readonly #pool: Database['pool']
  readonly #isPooled: boolean
  readonly #areComing: () => boolean
  #waiting: Waiting | undefined
  /** What the last claim took. */
  #tookMs = 0

  /** `areComing` says whether runs have ended whose outcomes are not written. */
  constructor(db: Database, areComing: () => boolean) {
    this.#pool = db.pool
    this.#isPooled = db.options.pooler === 'transaction'
    this.#areComing = areComing
  }

  /** For a claim: it goes with outcomes that are sent in this turn of the event loop or the next one, else alone. */
  readonly claims: Through = { pool: { query: (statement) => this.#claim(statement) as never } }

  /** For outcomes: a claim that waits goes with them. */
  readonly outcomes: Through = { pool: { query: (statement) => this.#write(statement) as never } }

  async #claim(statement: Statement): Promise<Answer> {
    const beganMs = performance.now()
    const answer = await this.#send(statement)
    this.#tookMs = performance.now() - beganMs
    return answer
  }

  #send(statement: Statement): Promise<Answer> {
    const goesAlone = this.#isPooled || this.#waiting || this.#tookMs > SLOW_MS || !this.#areComing()
    if (goesAlone) return this.#pool.query(statement)
    const { promise, resolve } = Promise.withResolvers<Answer>()
    this.#waiting = { statement, settle: resolve }
    void this.#sendLonely(this.#waiting)
    return promise
  }

  /** Sends a claim alone when no outcomes came for it. */
  async #sendLonely(claim: Waiting): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX && this.#waiting === claim; turn += 1) await nextTurn()
    if (this.#waiting !== claim) return
    this.#waiting = undefined
    claim.settle(this.#pool.query(claim.statement))
  }

  async #write(statement: Statement): Promise<Answer> {
    const claim = this.#waiting
    if (!claim) return await this.#pool.query(statement)
    this.#waiting = undefined
    const [written, claimed] = queryJointly(this.#pool, statement, claim.statement)
    claim.settle(claimed)
    return await written
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
