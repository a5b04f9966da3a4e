import type { Following } from './consumer-options.ts'
import { errorResult, type ClaimedJob, type Outcome } from './job.ts'
import type { Run } from './run.ts'

/** Of a run that was told to stop before it began. */
export const UNBEGUN: Outcome = {
  status: 'failure',
  resultJson: errorResult('Canceled', 'the job was ended before it began'),
}

/** Runs without a slot, which wait behind others until they begin, and those that were taken back before they did (Q49). */
export class Followers {
  readonly #following: Following | undefined
  /** By tag. */
  readonly #waiting = new Map<string, Set<Run>>()
  /** Their jobs are ahead again; one that is handed back and claimed anew is another one. */
  readonly #unbegun = new WeakMap<ClaimedJob, Run>()
  #count = 0

  constructor(following: Following | undefined) {
    this.#following = following
  }

  get count(): number {
    return this.#count
  }

  /** Whether there is a place for a run of the job. */
  hasPlaceFor(job: ClaimedJob): boolean {
    if (!this.#following) return false
    return this.#following.placesFor(job) > (this.#waiting.get(job.tag)?.size ?? 0)
  }

  join(run: Run): void {
    const { tag } = run.job
    const waiting = this.#waiting.get(tag) ?? new Set()
    this.#waiting.set(tag, waiting.add(run))
    this.#count += 1
    run.follow(() => this.leave(run))
  }

  /** It begins, or is over. */
  leave(run: Run): void {
    const { tag } = run.job
    const waiting = this.#waiting.get(tag)
    if (!waiting?.delete(run)) return
    this.#count -= 1
    if (waiting.size === 0) this.#waiting.delete(tag)
  }

  /** Keeps a run that did not begin, with its log, until its job is run again. */
  keep(run: Run): void {
    this.#unbegun.set(run.job, run)
  }

  /** The run of a job that did not begin. */
  take(job: ClaimedJob): Run | undefined {
    const run = this.#unbegun.get(job)
    this.#unbegun.delete(job)
    return run
  }

  /** Nothing more is begun. */
  recall(): void {
    this.#following?.recall()
  }
}
