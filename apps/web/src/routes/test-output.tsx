import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { jobDurationMs, jobState } from '../data/job-state.ts'
import { jobQuery } from '../data/jobs.ts'
import { RunOutput } from '../features/run/run-output.tsx'
import { links } from '../links.ts'
import { formatDuration } from '../ui/format-quantity.ts'
import { StateMark } from '../ui/state-mark.tsx'
import { useNow } from '../ui/time-ago.tsx'

interface TestOutputProps {
  readonly workspace: string
  readonly id: string
}

/** A test in the editor: its state in a line, then what it gave. */
export function TestOutput({ workspace, id }: TestOutputProps) {
  const { data: job } = useQuery(jobQuery(workspace, id))
  const nowMs = useNow(100, job?.type === 'QueuedJob')
  const durationMs = job && jobDurationMs(job, nowMs)
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      <p className="flex items-center gap-3 text-sm">
        {job && <StateMark state={jobState(job)} />}
        {durationMs !== undefined && <span className="text-muted tabular-nums">{formatDuration(durationMs)}</span>}
        <Link to={links.run} params={{ workspace, id }} className="ml-auto text-accent hover:underline">
          Open the run
        </Link>
      </p>
      <RunOutput key={id} workspace={workspace} id={id} />
    </div>
  )
}
