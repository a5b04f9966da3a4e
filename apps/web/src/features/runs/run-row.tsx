import type { Job } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { jobDurationMs, jobState } from '../../data/job-state.ts'
import { waitingPhrase, waitingSubject } from '../../data/waiting-cause.ts'
import { links } from '../../links.ts'
import { SubjectLink } from '../../subject-link.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatDuration } from '../../ui/format-quantity.ts'
import { StateMark } from '../../ui/state-mark.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

interface RunRowProps {
  readonly workspace: string
  readonly job: Job
  readonly nowMs: number
  /** The row that the keys are at. */
  readonly isChosen: boolean
  readonly isSelected: boolean
  /** Absent where rows cannot be selected. */
  readonly onSelect: ((isRange: boolean) => void) | undefined
}

/** A run in a line: its state, what it is, why it waits, how long it took. */
export function RunRow({ workspace, job, nowMs, isChosen, isSelected, onSelect }: RunRowProps) {
  const durationMs = jobDurationMs(job, nowMs)
  const name = job.script_path ?? job.id
  return (
    <tr
      id={`run-${job.id}`}
      aria-selected={onSelect ? isSelected : isChosen}
      className={classNames(
        'group border-b border-line hover:bg-hover',
        isSelected && 'bg-accent-soft',
        isChosen && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
      )}
    >
      {onSelect && (
        <td className="align-top">
          <Checkbox
            label={`Select run ${name}, ${job.id}`}
            isChecked={isSelected}
            onChange={(_isChecked, isRange) => onSelect(isRange)}
          />
        </td>
      )}
      <td className="h-9 pl-1 align-top leading-9">
        <StateMark state={jobState(job)} />
      </td>
      <td className="min-w-0 align-top">
        <div className="flex min-w-0 flex-col pr-3 sm:flex-row sm:items-center sm:gap-3">
          <Link
            to={links.run}
            params={{ workspace, id: job.id }}
            title={name}
            className="flex h-9 min-w-0 items-center gap-2"
          >
            <span className="truncate font-mono text-[13px] group-hover:underline">{name}</span>
            {job.job_kind !== 'script' && <span className="shrink-0 text-xs text-muted">{job.job_kind}</span>}
          </Link>
          <Remark workspace={workspace} job={job} nowMs={nowMs} />
        </div>
      </td>
      <td className="hidden text-right align-top font-mono text-[13px] leading-9 tabular-nums sm:table-cell">
        {durationMs === undefined ? '–' : formatDuration(durationMs)}
      </td>
      <td className="hidden truncate pl-4 align-top leading-9 sm:table-cell">{job.created_by}</td>
      <td className="hidden truncate align-top leading-9 text-muted md:table-cell">{job.tag}</td>
      <td className="pr-1 text-right align-top leading-9 text-muted">
        <TimeAgo at={job.created_at} />
      </td>
    </tr>
  )
}

const REMARK = 'min-w-0 truncate text-xs max-sm:-mt-2 max-sm:pb-1.5 sm:max-w-[55%] sm:shrink-0'

/** Why it waits, linked to what that names; of one that did not run, that it did not. */
function Remark({ workspace, job, nowMs }: Pick<RunRowProps, 'workspace' | 'job' | 'nowMs'>) {
  if (job.type === 'CompletedJob')
    return job.is_skipped ? <span className={classNames(REMARK, 'text-muted')}>skipped</span> : null
  const phrase = job.waiting_for && waitingPhrase(job.waiting_for, nowMs)
  if (!job.waiting_for || phrase === undefined) return null
  const subject = waitingSubject(job.waiting_for)
  const look = classNames(REMARK, 'text-waiting')
  return subject ? (
    <SubjectLink workspace={workspace} subject={subject} className={classNames(look, 'hover:underline')}>
      {phrase}
    </SubjectLink>
  ) : (
    <span className={look}>{phrase}</span>
  )
}
