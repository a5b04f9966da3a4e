import type { Logger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import type { FinishStep } from './finish-step.ts'
import type { ClaimedJob, Outcome, RunEnd } from './job.ts'
import type { JobLog, SecretsOf } from './log-writer.ts'
import type { NearWorkers } from './near-workers.ts'
import type { Notifier } from './notifier.ts'
import type { CancelRequest, WorkerInfo, WorkerTerms } from './sql/worker-lease.ts'
import type { OutcomeStatus } from './states.ts'

/** Why a run is told to stop; the reason of its signal. */
export type StopReason =
  | { readonly kind: 'cancel'; readonly request: CancelRequest }
  | { readonly kind: 'lease_lost' }
  | { readonly kind: 'drain' }

/** What a run gets beside its job. The signal's reason is a `StopReason`. */
export interface RunContext {
  readonly signal: AbortSignal
  readonly log: JobLog
  /** Adds a piece to what is shown of the result while the job runs. */
  stream(text: string): void
  /** It was started without a slot, to wait behind other runs (Q49). */
  readonly isFollowing: boolean
  /** It begins: one that waited behind another one fills a slot from now on. */
  begin(): void
}

/** What runs jobs one after another by itself, and takes some before their turn (Q49). */
export interface Following {
  /** How many runs like one of this job may wait behind those that run. */
  placesFor(job: ClaimedJob): number
  /** Ends as `unbegun` every run that has not begun. */
  recall(): void
}

/** A consumer and what it does with a job; `run` never throws for a job's own fault, and an exception is our bug. */
export interface ConsumerOptions {
  readonly db: Database
  readonly notifier: Notifier
  /** Where those who enqueue in this process find the worker; without it, each job is claimed. */
  readonly near?: NearWorkers | undefined
  readonly log: Logger
  readonly worker: WorkerInfo
  readonly leaseMs: number
  readonly pollMs: number
  /** How long `stop` lets running jobs go on. */
  readonly drainMs: number
  readonly logLengthMax: number
  /** MiB that all running jobs together may need, as far as it is known of them; undefined is no limit. */
  readonly memoryMb?: number | undefined
  /** What logs must not show; without it they show everything. */
  readonly secretsOf?: SecretsOf | undefined
  readonly run: (job: ClaimedJob, context: RunContext) => RunEnd | Promise<RunEnd>
  /** Where runs may wait for their turn; without it each has a slot. */
  readonly following?: Following | undefined
  /** How jobs of steps of flows end together with what follows; without it each ends by itself. */
  readonly finishStep?: FinishStep | undefined
  /** For jobs whose `run` throws: the outcome that says so. */
  readonly onBug: (job: ClaimedJob, error: unknown) => Outcome
  /** What the worker takes beside its tags, as many jobs as it has slots. */
  readonly terms?: Pick<WorkerTerms, 'ranks' | 'jobsMax'>
  /** Called whenever the lease was renewed. */
  readonly onRenewed?: () => void
  /** Told of each outcome that this consumer has written. */
  readonly onCompleted?: (status: OutcomeStatus, job: ClaimedJob) => void
}
