import { JobError, type CompletedJob, type Job } from '@millrace/contracts'
import { exit, type ExitCode } from '../exit.ts'
import type { Terminal } from './terminal.ts'

/** Prints the result of a finished job as JSON on standard output, a failure also in words, and gives the exit code. */
export function printResult(terminal: Terminal, job: CompletedJob): ExitCode {
  printJson(terminal, job.result ?? null)
  if (job.success) return exit.success
  terminal.err(
    `${terminal.style.err.red('millrace:')} ${describeFailure(job)}\n${terminal.style.err.dim(`job ${job.id}`)}\n`,
  )
  return exit.jobFailed
}

/** A value as indented JSON. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, undefined, 2)}\n`)
}

/** The state of a job in one word. */
export function stateOf(job: Job): string {
  if (job.type === 'CompletedJob') {
    if (job.canceled) return 'canceled'
    if (job.is_skipped) return 'skipped'
    return job.success ? 'success' : 'failure'
  }
  if (job.suspend !== undefined && job.suspend > 0) return 'suspended'
  return job.running ? 'running' : 'queued'
}

/** A duration for people: `812 ms`, `3.2 s`, `4 min 10 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`
}

function describeFailure(job: CompletedJob): string {
  if (job.canceled)
    return `the job was cancelled${job.canceled_by ? ` by ${job.canceled_by}` : ''}${job.canceled_reason ? `: ${job.canceled_reason}` : ''}.`
  const error = JobError.safeParse(job.result)
  return error.success ? `the job failed: ${error.data.error.name}: ${error.data.error.message}` : 'the job failed.'
}
