import type { Job } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { describeError } from '../../data/client.ts'
import { jobState, waitingCause } from '../../data/job-state.ts'
import { jobQuery } from '../../data/jobs.ts'
import { logUrl } from '../../links.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { useNow } from '../../ui/time-ago.tsx'
import { LogView } from './log/log-view.tsx'
import { ResultView } from './result/result-view.tsx'
import { useFollowedLog } from './use-followed-log.ts'

interface RunOutputProps {
  readonly workspace: string
  readonly id: string
}

/** Result and log of a job; a failure stands first, a success after its log only while it runs. */
export function RunOutput({ workspace, id }: RunOutputProps) {
  const { data: job } = useQuery(jobQuery(workspace, id))
  const { log, error } = useFollowedLog(workspace, id)
  const nowMs = useNow(5_000, job?.type === 'QueuedJob')
  const isLive = job?.type !== 'CompletedJob'
  return (
    <div className="flex min-h-0 min-w-0 flex-col gap-5">
      {job?.type === 'CompletedJob' && <ResultView key={id} value={job.result} isSuccess={job.success} />}
      {error !== undefined && error !== null && isLive && <FollowProblem error={error} />}
      <LogView log={log} isLive={isLive} downloadUrl={logUrl(workspace, id)} emptyText={emptyText(job, nowMs)} />
    </div>
  )
}

function FollowProblem({ error }: { readonly error: unknown }) {
  return <ProblemNote title="The live log has stopped. The run goes on." {...describeError(error)} />
}

function emptyText(job: Job | undefined, nowMs: number): string {
  if (!job) return 'Loading…'
  if (job.type === 'CompletedJob') return 'It printed nothing.'
  return waitingCause(job, nowMs) ?? (jobState(job) === 'running' ? 'It has printed nothing yet.' : '')
}
