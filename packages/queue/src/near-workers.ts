import type { ClaimedJob, NewJob } from './job.ts'
import type { IdleWorker } from './sql/enqueue.ts'

/** Slots of a worker that are kept for jobs while they are enqueued; it is answered once, by one of its functions. */
export interface Reservation extends IdleWorker {
  /** Takes the jobs that the statement wrote as held by the worker, maybe none. */
  begin(jobs: readonly ClaimedJob[]): void
  /** The statement failed, and what it would have written is not there. */
  release(): void
  /** The answer of the statement was lost: the worker may hold jobs that it does not know. */
  doubt(): void
}

/** A worker as those see it who enqueue in its process. */
export interface NearWorker {
  /**
   * Slots for all of these jobs at once, or none where it could not begin each of them now. Jobs that go on with a flow follow others that
   * end or are let go of as they are written (`follows`, by ids): slots of those count as free, and a claim under way hinders nobody.
   */
  reserve(jobs: readonly NewJob[], follows?: readonly string[]): Reservation | undefined
}

/**
 * Where those who enqueue meet the workers of their own process: a job that a worker has a free slot for is written as held by
 * it, and begins without a claim (Q44). One for each process and database.
 */
export class NearWorkers {
  readonly #workers = new Set<NearWorker>()

  /** Returns how to leave. */
  join(worker: NearWorker): () => void {
    this.#workers.add(worker)
    return () => this.#workers.delete(worker)
  }

  get isEmpty(): boolean {
    return this.#workers.size === 0
  }

  /** Slots of one worker for all of these jobs. */
  reserve(jobs: readonly NewJob[], follows?: readonly string[]): Reservation | undefined {
    for (const worker of this.#workers) {
      const reservation = worker.reserve(jobs, follows)
      if (reservation) return reservation
    }
    return undefined
  }
}
