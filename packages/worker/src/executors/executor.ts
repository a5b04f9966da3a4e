import type { ClaimedJob, RunContext, RunEnd } from '@millrace/queue'

/** Runs one kind of job. It never throws for the job's own fault; an exception is a bug and fails the job as one. */
export interface Executor {
  /** Permanent: it is stored with every job. */
  readonly kind: string
  execute(job: ClaimedJob, context: RunContext): RunEnd | Promise<RunEnd>
  /** How many runs like that of the job may wait behind those that run; none where absent. */
  placesFor?(job: ClaimedJob): number
  /** Ends as `unbegun` what waits so. */
  recall?(): void
}
