import type { Job } from '@millrace/contracts'
import type { ReactNode } from 'react'
import { jobDurationMs, jobState, waitingCause } from '../../data/job-state.ts'
import { formatDuration } from '../../ui/format-quantity.ts'
import { StateMark } from '../../ui/state-mark.tsx'
import { TimeAgo, useNow } from '../../ui/time-ago.tsx'

interface RunSummaryProps {
  readonly job: Job
  readonly title: ReactNode
  readonly actions: ReactNode
}

/** In one line: what ran, in what state it is, why, how long and since when. */
export function RunSummary({ job, title, actions }: RunSummaryProps) {
  const nowMs = useNow(100, job.type === 'QueuedJob' && job.running)
  const durationMs = jobDurationMs(job, nowMs)
  const cause = waitingCause(job, nowMs)
  return (
    <header className="flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-64">
        <h1 className="text-xl font-semibold break-words">{title}</h1>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 text-muted">
          <StateMark state={jobState(job)} size={16} />
          {durationMs !== undefined && <span className="tabular-nums">{formatDuration(durationMs)}</span>}
          <TimeAgo at={job.started_at ?? job.created_at} />
          <span>by {job.created_by}</span>
        </p>
        {cause && <p className="mt-1 text-waiting">{cause}</p>}
        {job.canceled && job.type === 'QueuedJob' && job.running && (
          <p className="mt-1 text-waiting">It has been asked to end.</p>
        )}
        {job.canceled_by && (
          <p className="mt-1 text-muted">
            Cancelled by {job.canceled_by}
            {job.canceled_reason && `: ${job.canceled_reason}`}
          </p>
        )}
      </div>
      <div className="flex flex-wrap gap-2">{actions}</div>
    </header>
  )
}
