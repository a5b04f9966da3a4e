import type { Job } from '@millrace/contracts'
import type { ReactNode } from 'react'
import { describeError } from '../../data/client.ts'
import { isSuspended, jobDurationMs, jobState } from '../../data/job-state.ts'
import { useCancelJob } from '../../data/jobs.ts'
import { formatDuration } from '../../ui/format-quantity.ts'
import { StateMark } from '../../ui/state-mark.tsx'
import { TimeAgo, useNow } from '../../ui/time-ago.tsx'
import { showToast } from '../../ui/toast.tsx'
import { CancelSteps } from './cancel-steps.tsx'
import { EndedNote } from './ended-note.tsx'
import { useAttempts } from './use-attempts.ts'
import { WaitingNote } from './waiting-note.tsx'

interface RunSummaryProps {
  readonly workspace: string
  readonly job: Job
  readonly title: ReactNode
  readonly actions: ReactNode
}

/** In one line: what ran, in what state it is, why, how long and since when. */
export function RunSummary({ workspace, job, title, actions }: RunSummaryProps) {
  const nowMs = useNow(100, job.type === 'QueuedJob' && job.running)
  const durationMs = jobDurationMs(job, nowMs)
  const attempts = useAttempts(workspace, job)
  return (
    <header className="flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-64">
        <h1 className="text-xl font-semibold break-words">{title}</h1>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 text-muted">
          <StateMark state={jobState(job)} size={16} />
          {durationMs !== undefined && <span className="tabular-nums">{formatDuration(durationMs)}</span>}
          {attempts !== undefined && <span className="tabular-nums">{attempts}</span>}
          <TimeAgo at={job.started_at ?? job.created_at} />
          <span>by {job.created_by}</span>
        </p>
        <div className="mt-1 flex flex-col gap-1 empty:hidden">
          <Cause workspace={workspace} job={job} />
        </div>
      </div>
      <div className="flex flex-wrap gap-2">{actions}</div>
    </header>
  )
}

/** Whether the graph below says what the run waits for: answers to its own steps, or its steps. */
function isToldByGraph(job: Job): boolean {
  if (job.type === 'CompletedJob') return false
  const { waiting_for: cause, raw_flow: flow } = job
  if (cause?.cause !== 'suspended') return isSuspended(job)
  return cause.awaits?.run === undefined && (isSuspended(job) || flow !== undefined)
}

/** Why it stands as it does. */
function Cause({ workspace, job }: Pick<RunSummaryProps, 'workspace' | 'job'>) {
  const force = useCancelJob(workspace)
  const forceCancel = () =>
    force.mutate(
      { id: job.id, force: true },
      { onError: (error) => showToast('It was not cancelled.', { detail: describeError(error).message }) },
    )
  if (job.type === 'CompletedJob')
    return (
      <>
        {job.canceled_by !== undefined && (
          <p className="break-words text-muted">
            Cancelled by {job.canceled_by}
            {job.canceled_reason && `: ${job.canceled_reason}`}
          </p>
        )}
        <EndedNote workspace={workspace} job={job} />
      </>
    )
  return (
    <>
      {job.waiting_for && !isToldByGraph(job) && <WaitingNote workspace={workspace} cause={job.waiting_for} />}
      {job.cancel && (
        <CancelSteps cancel={job.cancel} by={job.canceled_by} onForce={forceCancel} isForcing={force.isPending} />
      )}
    </>
  )
}
