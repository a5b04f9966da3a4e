import type { CompletionAnswer } from './completer.ts'
import type { ClaimedJob, Outcome } from './job.ts'

/** A run that ended well, and the worker that has it. */
export interface StepEnd {
  readonly job: ClaimedJob
  readonly outcome: Outcome
  readonly worker: { readonly id: string; readonly name: string }
}

/**
 * Ends the job of a step of a flow together with what follows in the flow, under the fence of the run. Undefined: nothing was written
 * as far as it knows, and the job is to be ended by itself. Never rejects.
 */
export type FinishStep = (end: StepEnd) => Promise<CompletionAnswer | undefined>

/** Whether what ends is the end of a job and nothing else. */
export function isPlainEnd({ options }: ClaimedJob, outcome: Outcome): boolean {
  if (options.step === undefined || outcome.status !== 'success' || outcome.resultPieces !== undefined) return false
  return options.concurrency === undefined && options.deleteAfterS === undefined && options.restart !== true
}

/** The row that `advance_flows` takes of it. */
export function toEnding({ job, outcome, worker }: StepEnd) {
  const { finalLog } = outcome
  return {
    id: job.id,
    frame: job.parentJob,
    worker: worker.id,
    worker_name: worker.name,
    attempt: job.attempt,
    result: outcome.resultJson,
    memory_peak_bytes: outcome.memoryPeakBytes,
    cpu_ms: outcome.cpuMs,
    log_seq: finalLog?.seq,
    log_starts_at: finalLog?.startsAt,
    log_text: finalLog?.text,
    log_bytes: outcome.logBytes,
  }
}
