import type { Job } from '@millrace/contracts'
import type { StateWord } from '../ui/state-mark.tsx'

/** The one word for what state a job is in. */
export function jobState(job: Job): StateWord {
  if (job.type === 'CompletedJob') return completedState(job)
  if (isSuspended(job)) return 'suspended'
  return job.running ? 'running' : 'waiting'
}

/** Whether a run waits for somebody's answer; what it is due for then is the end of their time. */
export function isSuspended(job: Job): boolean {
  return job.type === 'QueuedJob' && job.suspend !== undefined && job.suspend > 0
}

function completedState(job: Extract<Job, { type: 'CompletedJob' }>): StateWord {
  if (job.canceled) return 'cancelled'
  return job.success ? 'done' : 'failed'
}

/** How long a job ran, or has been running, in ms; absent before it starts. */
export function jobDurationMs(job: Job, nowMs: number): number | undefined {
  if (job.type === 'CompletedJob') return job.duration_ms
  return job.started_at === undefined ? undefined : Math.max(0, nowMs - Date.parse(job.started_at))
}
