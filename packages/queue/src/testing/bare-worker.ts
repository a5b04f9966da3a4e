import { sleep } from '@millrace/base/time'
import type { Database } from '@millrace/db'
import { Claimer } from '../claimer.ts'
import type { ClaimedJob, Outcome } from '../job.ts'
import { completeJobs } from '../sql/complete.ts'
import { joinWorker } from './join-worker.ts'

const success: Outcome = { status: 'success', resultJson: 'null' }

/** Claims at a steady pace. */
export interface Pace {
  /** Jobs of a claim. */
  readonly batch: number
  readonly everyMs: number
  readonly forMs: number
}

/** The statements of a worker without its loops: it claims and completes and runs nothing. For measurements. */
export class BareWorker {
  readonly #db: Database
  readonly #worker: { readonly id: string; readonly name: string }
  readonly #claimer: Claimer

  private constructor(db: Database, worker: { readonly id: string; readonly name: string }, tags: readonly string[]) {
    this.#db = db
    this.#worker = worker
    this.#claimer = new Claimer(db, worker.id, { tags, slots: 1, notice: undefined })
  }

  static async join(db: Database, tags: readonly string[]): Promise<BareWorker> {
    return new BareWorker(db, await joinWorker(db), tags)
  }

  /** Claims and completes so many jobs, `batch` at a time, on so many connections at once. */
  async drain(jobs: number, batch: number, connections: number): Promise<void> {
    let unclaimed = jobs
    const work = async () => {
      while (unclaimed > 0) {
        const claimed = await this.#claim(batch)
        unclaimed -= claimed.length
        await this.#complete(claimed)
      }
    }
    await Promise.all(Array.from({ length: connections }, work))
  }

  /** Claims at a pace, completes what it got meanwhile, and returns the milliseconds that each claim took; a claim that finds too few throws. */
  async claimSteadily({ batch, everyMs, forMs }: Pace): Promise<readonly number[]> {
    const times: number[] = []
    const completions: Promise<void>[] = []
    const beganMs = performance.now()
    for (let dueMs = 0; dueMs < forMs; dueMs += everyMs) {
      await sleep(Math.max(0, beganMs + dueMs - performance.now()))
      const askedMs = performance.now()
      const jobs = await this.#claim(batch)
      times.push(performance.now() - askedMs)
      if (jobs.length < batch) throw new Error(`a claim of ${batch} jobs found ${jobs.length}`)
      completions.push(this.#complete(jobs))
    }
    await Promise.all(completions)
    return times
  }

  async #claim(limit: number): Promise<readonly ClaimedJob[]> {
    return await this.#claimer.claim({ limit, memoryFreeMb: undefined, isIdle: true })
  }

  async #complete(jobs: readonly ClaimedJob[]): Promise<void> {
    if (jobs.length === 0) return
    const completions = jobs.map((job) => ({ job, outcome: success }))
    const { written } = await completeJobs(this.#db, this.#worker, completions)
    if (written.size !== jobs.length) throw new Error(`${written.size} of ${jobs.length} jobs were completed`)
  }
}
