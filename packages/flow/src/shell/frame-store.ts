import { inTransaction, type Connection, type Database } from '@millrace/db'
import type { Queue, WrittenWithin } from '@millrace/queue'
import type { FailAt } from './failpoint.ts'
import type { Frame } from './frame.ts'
import { isShort, type Plan, type PlannedJob } from './plan.ts'
import { loadFrames } from './sql/load-frame.ts'
import { advanceFlows, type Advanced } from './sql/advance-flows.ts'
import { isInside, storeFrames, toStored, type Stored, type Storing } from './sql/store-frames.ts'
import { writeFrames, writeLists } from './sql/write-children.ts'
import { writeEnded } from './sql/write-ended.ts'

/** Transitions of one transaction at the most. */
const BATCH_MAX = 100
/** Times that a transaction is tried again which PostgreSQL ended because it waited for another one that waited for it. */
const DEADLOCKS_MAX = 5

interface Loading {
  readonly id: string
  readonly resolve: (frame: Frame | undefined) => void
  readonly reject: (error: unknown) => void
}

interface Pending {
  readonly storing: Storing
  readonly resolve: (stored: Stored) => void
  readonly reject: (error: unknown) => void
}

/**
 * Reads frames and stores their transitions in batches. The first one goes out at once, what comes while a transaction is under way
 * goes out together with the next: alone a flow waits for nothing, and the iterations of a loop share commits.
 */
export class FrameStore {
  readonly #db: Database
  readonly #queue: Queue
  readonly #failAt: FailAt
  #loading: Loading[] = []
  #pending: Pending[] = []
  #isWriting = false

  constructor(db: Database, queue: Queue, failAt: FailAt) {
    this.#db = db
    this.#queue = queue
    this.#failAt = failAt
  }

  /** Undefined where the frame's job has ended. */
  load(id: string): Promise<Frame | undefined> {
    return new Promise((resolve, reject) => {
      this.#loading.push({ id, resolve, reject })
      // One turn of the event loop gathers what is asked together.
      if (this.#loading.length === 1) setImmediate(() => void this.#load())
    })
  }

  /** Each is stored whole or not at all; the answer comes after the commit. */
  async store(storing: Storing): Promise<Stored> {
    // What is long holds up no other frame's transition.
    if (storing.plan && storing.plan.ended.length > 0) return await this.#storeAlone(storing, storing.plan)
    return await new Promise((resolve, reject) => {
      this.#pending.push({ storing, resolve, reject })
      if (this.#isWriting) return
      this.#isWriting = true
      setImmediate(() => void this.#flush())
    })
  }

  async #load(): Promise<void> {
    const loading = this.#loading
    this.#loading = []
    try {
      const frames = await loadFrames(
        this.#db.pool,
        loading.map(({ id }) => id),
      )
      for (const { id, resolve } of loading) resolve(frames.get(id))
    } catch (error) {
      for (const { reject } of loading) reject(error)
    }
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) await this.#write(this.#takeBatch())
    this.#isWriting = false
  }

  /** A frame is in a batch once; what takes less work goes apart from what takes more. */
  #takeBatch(): readonly Pending[] {
    const batch = new Map<string, Pending>()
    const rest: Pending[] = []
    const way = this.#pending[0] && wayOf(this.#pending[0].storing)
    for (const pending of this.#pending) {
      const { id } = pending.storing.frame
      const fits = batch.size < BATCH_MAX && !batch.has(id) && wayOf(pending.storing) === way
      if (fits) batch.set(id, pending)
      else rest.push(pending)
    }
    this.#pending = rest
    return [...batch.values()]
  }

  /** One of a batch holds what PostgreSQL refuses: the others must not suffer for it. */
  async #write(batch: readonly Pending[]): Promise<void> {
    try {
      const stored = await this.#tryAgain(() => this.#send(batch.map(({ storing }) => storing)))
      for (const { storing, resolve } of batch) resolve(stored.get(storing.frame.id) ?? NOT_STORED)
    } catch (error) {
      const [only, ...others] = batch
      if (only && others.length === 0) return only.reject(error)
      for (const each of batch) await this.#write([each])
    }
  }

  /** A transition with frames that are over already: these are written first, for what the frame gives may be what they gave. */
  async #storeAlone(storing: Storing, plan: Plan): Promise<Stored> {
    const { frame } = storing
    try {
      const stored = await this.#tryAgain(() =>
        this.#within(async (client) => {
          await writeLists(client, frame, plan, this.#failAt)
          await writeEnded(client, frame, plan)
          await this.#failAt('ended frames written')
          const answers = await storeFrames(client, [storing])
          if (!answers.get(frame.id)?.isStored) throw new Overtaken()
          await this.#failAt('frames stored')
          await writeFrames(client, frame, plan, this.#failAt)
          return { answers, jobs: plan.jobs, follows: lettingGo([storing]) }
        }),
      )
      return stored.get(frame.id) ?? NOT_STORED
    } catch (error) {
      if (error instanceof Overtaken) return NOT_STORED
      throw error
    }
  }

  async #tryAgain(send: () => Promise<ReadonlyMap<string, Stored>>): Promise<ReadonlyMap<string, Stored>> {
    for (let left = DEADLOCKS_MAX; ; left -= 1) {
      try {
        return await send()
      } catch (error) {
        if (left === 0 || codeOf(error) !== '40P01') throw error
      }
    }
  }

  async #send(storings: readonly Storing[]): Promise<ReadonlyMap<string, Stored>> {
    if (storings.every((storing) => wayOf(storing) !== 'transaction')) return await this.#sendAtOnce(storings)
    return await this.#within(async (client) => {
      const answers = await storeFrames(client, storings)
      await this.#failAt('frames stored')
      const jobs: PlannedJob[] = []
      for (const { frame, plan } of storings) {
        if (!plan || !answers.get(frame.id)?.isStored) continue
        await writeLists(client, frame, plan, this.#failAt)
        await writeFrames(client, frame, plan, this.#failAt)
        jobs.push(...plan.jobs)
      }
      return { answers, jobs, follows: lettingGo(storings) }
    })
  }

  async #sendAtOnce(storings: readonly Storing[]): Promise<ReadonlyMap<string, Stored>> {
    const children = storings.flatMap(({ frame, plan, attempt }) =>
      (plan?.jobs ?? []).map((job) => ({ frame: frame.id, isLetGo: attempt !== undefined, job })),
    )
    const carried = this.#queue.carry(children)
    let advanced: Advanced
    try {
      advanced = await advanceFlows(this.#db.pool, storings, carried)
    } catch (error) {
      carried.ended(codeOf(error) === undefined ? 'unknown' : 'rolled back', new Set(), [])
      throw error
    }
    await this.#failAt('committed')
    const { stored, begun, isScheduled } = advanced
    const moved = new Set([...stored].flatMap(([id, { isStored }]) => (isStored ? [id] : [])))
    const ready = carried.ended('committed', moved, begun)
    this.#tell(stored, { ready, isScheduled })
    return stored
  }

  /** One transaction, which writes the jobs at last and is told of when it is committed. */
  async #within(work: (client: Connection) => Promise<Work>): Promise<ReadonlyMap<string, Stored>> {
    let written: WrittenWithin | undefined
    try {
      const stored = await inTransaction(this.#db, async (client) => {
        await this.#failAt('transaction open')
        const { answers, jobs, follows } = await work(client)
        written = await this.#queue.writeWithin(client, jobs, follows)
        await this.#failAt('children written')
        return answers
      })
      await this.#failAt('committed')
      const children = written
      written = undefined
      children?.ended('committed')
      this.#tell(stored, children)
      return stored
    } catch (error) {
      // A statement that was refused came before the commit.
      written?.ended(codeOf(error) === undefined ? 'unknown' : 'rolled back')
      throw error
    }
  }

  #tell(stored: ReadonlyMap<string, Stored>, children: Pick<WrittenWithin, 'ready' | 'isScheduled'> | undefined): void {
    const answers = [...stored.values()]
    const ready = [...new Set([...answers.flatMap((answer) => answer.ready), ...(children?.ready ?? [])])]
    const isScheduled = (children?.isScheduled ?? false) || answers.some((answer) => answer.isScheduled)
    this.#queue.tell({ ready, isScheduled }, [])
  }
}

function wayOf(storing: Storing): 'steps' | 'statement' | 'transaction' {
  if (storing.plan && !isShort(storing.plan)) return 'transaction'
  return isInside(storing) ? 'steps' : 'statement'
}

/** Frames in hand that it lets go of. */
function lettingGo(storings: readonly Storing[]): readonly string[] {
  return storings.flatMap(({ frame, attempt }) => (attempt === undefined ? [] : [frame.id]))
}

/** Another transition of the frame was stored first. */
class Overtaken extends Error {}

/** What is stored, and the jobs that follow. */
interface Work {
  readonly answers: ReadonlyMap<string, Stored>
  readonly jobs: readonly PlannedJob[]
  readonly follows: readonly string[]
}

const NOT_STORED = toStored(undefined)

/** The code that PostgreSQL gives an error of a statement. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('severity' in error) || !('code' in error)) return undefined
  return error.severity === 'ERROR' && typeof error.code === 'string' ? error.code : undefined
}
