import type { FlowJobResult, FlowJobResults } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { links } from '../../links.ts'
import { classNames } from '../../ui/class-names.ts'
import { formatCount, formatDuration } from '../../ui/format-quantity.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { StateMark, type StateWord } from '../../ui/state-mark.tsx'
import { useNow } from '../../ui/time-ago.tsx'
import { layTimeline, type TimelineRow } from './flow-timeline.ts'

const ROWS_SHOWN = 200

const WORDS: Readonly<Record<FlowJobResult['status'], StateWord>> = {
  success: 'done',
  skipped: 'done',
  failure: 'failed',
  canceled: 'cancelled',
  suspended: 'suspended',
  running: 'running',
  queued: 'waiting',
}

const BARS: Readonly<Record<StateWord, string>> = {
  done: 'bg-done',
  failed: 'bg-failed',
  cancelled: 'bg-line-strong',
  suspended: 'bg-suspended',
  running: 'bg-running',
  waiting: 'bg-waiting',
}

interface TimelineViewProps {
  readonly workspace: string
  /** Absent until they have come. */
  readonly jobs: FlowJobResults | undefined
  readonly isLive: boolean
}

/** When each job of a run was queued, started and ended, and how much of its time no step was at work. */
export function TimelineView({ workspace, jobs, isLive }: TimelineViewProps) {
  const nowMs = useNow(500, isLive)
  const [shown, setShown] = useState(ROWS_SHOWN)
  if (!jobs) return <Skeleton rows={5} />
  const { rows, totalMs, stepsMs, outsideMs } = layTimeline(jobs.entries, nowMs)
  return (
    <section aria-label="Timeline" className="h-full overflow-auto p-4">
      <p className="mb-3 text-sm text-muted tabular-nums">
        <span className="font-medium text-text">{formatDuration(totalMs)}</span> in all: {formatDuration(stepsMs)} in
        steps, {formatDuration(outsideMs)} outside of them (queue, transitions, waits).
      </p>
      <ul className="text-sm">
        {rows.slice(0, shown).map((row) => (
          <Row key={row.job.job_id} workspace={workspace} row={row} totalMs={Math.max(1, totalMs)} />
        ))}
      </ul>
      {rows.length > shown && (
        <button type="button" className="mt-2 text-accent hover:underline" onClick={() => setShown(shown + 1000)}>
          {formatCount(rows.length - shown)} more
        </button>
      )}
      {jobs.truncated === true && (
        <p className="mt-2 text-sm text-muted">Only the first {formatCount(rows.length)} jobs are shown.</p>
      )}
    </section>
  )
}

interface RowProps {
  readonly workspace: string
  readonly row: TimelineRow
  readonly totalMs: number
}

function Row({ workspace, row, totalMs }: RowProps) {
  const { job, queuedMs, startedMs, endedMs, isAround } = row
  const word = WORDS[job.status]
  const share = (ms: number) => `${(Math.min(ms, totalMs) / totalMs) * 100}%`
  const from = startedMs ?? totalMs
  const waitedMs = startedMs === undefined ? undefined : startedMs - queuedMs
  const name =
    job.sibling_count > 1 ? `${job.flow_step_id ?? job.label} · ${job.sibling_index}` : (job.flow_step_id ?? job.label)
  const title = [
    `queued at ${formatDuration(queuedMs)}`,
    waitedMs !== undefined && `started ${formatDuration(waitedMs)} later`,
    endedMs !== undefined && startedMs !== undefined && `ran ${formatDuration(endedMs - startedMs)}`,
  ]
  return (
    <li className="flex h-7 items-center gap-3 border-b border-line" title={title.filter(Boolean).join(', ')}>
      <span className="flex w-20 shrink-0 items-center sm:w-40 gap-2" style={{ paddingLeft: (job.depth - 1) * 12 }}>
        <Link
          to={links.run}
          params={{ workspace, id: job.job_id }}
          className="min-w-0 flex-1 truncate font-mono text-xs hover:underline"
        >
          {name}
        </Link>
      </span>
      <span className="relative h-3 min-w-0 flex-1">
        <span
          className="absolute inset-y-[5px] rounded-full bg-line-strong/50"
          style={{ left: share(queuedMs), width: share(Math.max(0, from - queuedMs)) }}
        />
        {startedMs !== undefined && (
          <span
            className={classNames('absolute inset-y-0 min-w-0.5 rounded-sm', BARS[word], isAround && 'opacity-40')}
            style={{ left: share(startedMs), width: share((endedMs ?? totalMs) - startedMs) }}
          />
        )}
      </span>
      <span className="w-20 shrink-0 text-xs max-sm:hidden">
        <StateMark state={word} size={12} />
      </span>
      <span className="w-16 shrink-0 text-right text-xs text-muted tabular-nums">
        {startedMs !== undefined && formatDuration((endedMs ?? totalMs) - startedMs)}
      </span>
    </li>
  )
}
