import type { CompletedJob, Job } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { describeError } from '../../data/client.ts'
import { jobState } from '../../data/job-state.ts'
import { jobQuery } from '../../data/jobs.ts'
import { waitingPhrase } from '../../data/waiting-cause.ts'
import { logUrl } from '../../links.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { useNow } from '../../ui/time-ago.tsx'
import { LogView } from './log/log-view.tsx'
import { ResultView } from './result/result-view.tsx'
import { findTakenOverBy } from './taken-over.ts'
import { useFollowedLog } from './use-followed-log.ts'

interface RunOutputProps {
  readonly workspace: string
  readonly id: string
}

/** Result and log of a job; a failure stands first, a success after its log only while it runs. Flows print nothing themselves. */
export function RunOutput({ workspace, id }: RunOutputProps) {
  const { data: job } = useQuery(jobQuery(workspace, id))
  const { log, error } = useFollowedLog(workspace, id)
  const nowMs = useNow(5_000, job?.type === 'QueuedJob')
  const isLive = job?.type !== 'CompletedJob'
  return (
    <div className="flex min-h-0 min-w-0 flex-col gap-5 empty:hidden">
      {job?.type === 'CompletedJob' && hasResult(job) && (
        <ResultView key={id} value={job.result} isSuccess={job.success} />
      )}
      {error !== undefined && error !== null && isLive && <FollowProblem error={error} />}
      {!job?.raw_flow && (
        <LogView log={log} isLive={isLive} downloadUrl={logUrl(workspace, id)} emptyText={emptyText(job, nowMs)} />
      )}
    </div>
  )
}

function FollowProblem({ error }: { readonly error: unknown }) {
  return <ProblemNote title="The live log has stopped. The run goes on." {...describeError(error)} />
}

function emptyText(job: Job | undefined, nowMs: number): string {
  if (!job) return 'Loading…'
  if (job.type === 'CompletedJob') return endedText(job)
  if (jobState(job) === 'running') return 'It has printed nothing yet.'
  const phrase = job.waiting_for && waitingPhrase(job.waiting_for, nowMs)
  return phrase === undefined ? 'It has not started.' : `It has not started: ${phrase}.`
}

function endedText(job: CompletedJob): string {
  if (job.deleted) return 'It was deleted, as the script asks for.'
  return job.started_at === undefined ? 'It did not run.' : 'It printed nothing.'
}

/** Of what was deleted or did not run, the note above says so. */
function hasResult(job: CompletedJob): boolean {
  return job.deleted !== true && findTakenOverBy(job) === undefined
}
