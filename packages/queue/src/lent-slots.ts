import type { ConsumerOptions } from './consumer-options.ts'
import type { ClaimedJob } from './job.ts'
import type { JobsAhead } from './jobs-ahead.ts'
import { SlotLender } from './slot-lender.ts'
import { claimAwaitedJobs, findAwaited, findWaits } from './sql/job-wait.ts'

/** The worker whose slots are lent. */
export interface LendingWorker {
  readonly options: Pick<ConsumerOptions, 'db' | 'worker' | 'log'>
  readonly ahead: JobsAhead
  /** By id. */
  readonly running: ReadonlyMap<string, unknown>
  tags(): readonly string[]
  /** Whether it takes jobs, and has no slot for one that is awaited but those of jobs that wait themselves. */
  mayLend(): boolean
  /** Takes jobs that it holds: it begins them, or hands them back where it ends. */
  begin(jobs: readonly ClaimedJob[]): Promise<void>
  /** It may hold jobs that it does not know. */
  doubt(): void
}

/** Starts jobs that somebody waits for in slots whose jobs wait themselves (Q34). */
export class LentSlots {
  readonly #worker: LendingWorker
  readonly #lender = new SlotLender()
  #lending: Promise<void> | undefined
  readonly #looks = new Set<Promise<void>>()

  constructor(worker: LendingWorker) {
    this.#worker = worker
  }

  /** Running jobs that fill no slot of their own. */
  get count(): number {
    return this.#lender.lentCount
  }

  /** A run is over. */
  ended(id: string): void {
    this.#lender.ended(id)
  }

  /** Waits (`waiter>child`) began or ended somewhere; none named: any may have. */
  told(waits: readonly string[]): void {
    if (waits.length === 0 || waits.some((wait) => this.#concerns(wait))) void this.look()
  }

  /** Whether a wait is of a job in hand. */
  #concerns(wait: string): boolean {
    const [waiter = '', child] = wait.split('>')
    return this.#worker.running.has(waiter) || (child !== undefined && this.#worker.ahead.has(child))
  }

  /** Reads which of its jobs wait, and lends their slots. */
  async look(): Promise<void> {
    const look = this.#look().finally(() => this.#looks.delete(look))
    this.#looks.add(look)
    await look
  }

  async #look(): Promise<void> {
    const { db, log } = this.#worker.options
    try {
      this.#lender.know(await findWaits(db, [...this.#worker.running.keys()]), performance.now())
      await this.lend()
    } catch (error) {
      log.warn({ err: error }, 'waits of jobs cannot be read')
    }
  }

  /** Lends what is known to be free. */
  async lend(): Promise<void> {
    if (this.#lending || !this.#worker.mayLend()) return
    const free = this.#lender.free(performance.now())
    if (free === 0) return
    this.#lending = this.#fill(free).finally(() => (this.#lending = undefined))
    await this.#lending
  }

  async #fill(free: number): Promise<void> {
    const { ahead, options } = this.#worker
    const { db, worker, log } = options
    try {
      const awaited = await findAwaited(
        db,
        ahead.all().map((job) => job.id),
      )
      const inHand = ahead.takeThese(awaited, free)
      const claimed = await claimAwaitedJobs(db, worker.id, this.#worker.tags(), free - inHand.length)
      const jobs = [...inHand, ...claimed]
      for (const job of jobs) this.#lender.lend(job.id)
      await this.#worker.begin(jobs)
    } catch (error) {
      log.warn({ err: error }, 'jobs that others wait for cannot be claimed')
      this.#worker.doubt()
    }
  }

  /** Resolves when no waits are being read, and no jobs claimed for lent slots. */
  async settled(): Promise<void> {
    await Promise.all(this.#looks)
    await this.#lending
  }
}
