import type { Job } from '@millrace/contracts'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { jobDurationMs, jobState } from '../../data/job-state.ts'
import { links } from '../../links.ts'
import { classNames } from '../../ui/class-names.ts'
import { formatDuration } from '../../ui/format-quantity.ts'
import { StateMark } from '../../ui/state-mark.tsx'
import { TimeAgo, useNow } from '../../ui/time-ago.tsx'

interface RunsTableProps {
  readonly workspace: string
  readonly jobs: readonly Job[]
}

/** Runs in rows; j and k move, Enter opens. */
export function RunsTable({ workspace, jobs }: RunsTableProps) {
  const navigate = useNavigate()
  const [chosenId, setChosenId] = useState<string | undefined>()
  const chosen = jobs.findIndex((job) => job.id === chosenId)
  const nowMs = useNow(
    1_000,
    jobs.some((job) => job.type === 'QueuedJob' && job.running),
  )

  function move(step: number) {
    const next = jobs[Math.max(0, Math.min(jobs.length - 1, chosen + step))]
    if (!next) return
    setChosenId(next.id)
    document.getElementById(`run-${next.id}`)?.scrollIntoView({ block: 'nearest' })
  }

  useActions([
    { id: 'runs.next', title: 'Next run', shortcut: 'j', isHidden: true, perform: () => move(1) },
    { id: 'runs.previous', title: 'Previous run', shortcut: 'k', isHidden: true, perform: () => move(-1) },
    ...(chosenId === undefined
      ? []
      : [
          {
            id: 'runs.open',
            title: 'Open the chosen run',
            shortcut: 'enter',
            isHidden: true,
            perform: () => void navigate({ to: links.run, params: { workspace, id: chosenId } }),
          },
        ]),
  ])

  return (
    <table className="w-full table-fixed border-collapse text-sm">
      <thead className="text-left text-xs text-muted">
        <tr className="border-b border-line">
          <th scope="col" className="h-8 w-24 font-normal sm:w-28">
            State
          </th>
          <th scope="col" className="font-normal">
            Run
          </th>
          <th scope="col" className="hidden w-20 text-right font-normal sm:table-cell">
            Duration
          </th>
          <th scope="col" className="hidden w-28 pl-4 font-normal sm:table-cell">
            By
          </th>
          <th scope="col" className="hidden w-24 font-normal md:table-cell">
            Tag
          </th>
          <th scope="col" className="w-20 pr-1 text-right font-normal">
            Created
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <Row key={job.id} workspace={workspace} job={job} nowMs={nowMs} isChosen={job.id === chosenId} />
        ))}
      </tbody>
    </table>
  )
}

interface RowProps {
  readonly workspace: string
  readonly job: Job
  readonly nowMs: number
  readonly isChosen: boolean
}

function Row({ workspace, job, nowMs, isChosen }: RowProps) {
  const durationMs = jobDurationMs(job, nowMs)
  return (
    <tr
      id={`run-${job.id}`}
      aria-selected={isChosen}
      className={classNames(
        'group border-b border-line hover:bg-hover',
        isChosen && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
      )}
    >
      <td className="h-9 pl-1">
        <StateMark state={jobState(job)} />
      </td>
      <td className="min-w-0">
        <Link
          to={links.run}
          params={{ workspace, id: job.id }}
          title={job.script_path ?? job.id}
          className="flex h-9 min-w-0 items-center gap-2 pr-3"
        >
          <span className="truncate font-mono text-[13px] group-hover:underline">{job.script_path ?? job.id}</span>
          {job.job_kind !== 'script' && <span className="shrink-0 text-xs text-muted">{job.job_kind}</span>}
        </Link>
      </td>
      <td className="hidden text-right font-mono text-[13px] tabular-nums sm:table-cell">
        {durationMs === undefined ? '–' : formatDuration(durationMs)}
      </td>
      <td className="hidden truncate pl-4 sm:table-cell">{job.created_by}</td>
      <td className="hidden truncate text-muted md:table-cell">{job.tag}</td>
      <td className="pr-1 text-right text-muted">
        <TimeAgo at={job.created_at} />
      </td>
    </tr>
  )
}
