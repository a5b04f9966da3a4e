import type { Job } from '@millrace/contracts'
import type { StateWord } from '../ui/state-mark.tsx'

/** The one word for what state a job is in. */
export function jobState(job: Job): StateWord {
  if (job.type === 'CompletedJob') return completedState(job)
  if (job.running) return 'running'
  return 'suspend' in job && typeof job.suspend === 'number' && job.suspend > 0 ? 'suspended' : 'waiting'
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
