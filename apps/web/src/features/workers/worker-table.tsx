import type { WorkerPing } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { ShieldAlert, TriangleAlert } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { links } from '../../links.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCount, formatDistance } from '../../ui/format-quantity.ts'
import { busySlots } from './groups-with-workers.ts'

interface WorkerTableProps {
  readonly group: string
  readonly workers: readonly WorkerPing[]
  readonly seenAtMs: number
  /** One that is shown among all and brought into view. */
  readonly chosen: string | undefined
}

const ROWS_FIRST = 50
/** A worker is heard of each few seconds; after this long it is likely gone. */
const SILENT_S = 30
const FIGURE = 'text-right font-mono text-[13px] tabular-nums'

/** Workers in rows; of many the first, until one asks for all. */
export function WorkerTable({ group, workers, seenAtMs, chosen }: WorkerTableProps) {
  const [isOpened, setOpened] = useState(false)
  const isWhole = isOpened || workers.slice(ROWS_FIRST).some(({ worker }) => worker === chosen)
  const shown = isWhole ? workers : workers.slice(0, ROWS_FIRST)
  return (
    <>
      <table aria-label={`Workers of ${group}`} className="w-full table-fixed border-collapse text-sm">
        <thead className="text-left text-xs text-muted">
          <tr className="border-b border-line">
            <th scope="col" className="h-8 font-normal">
              Worker
            </th>
            <th scope="col" className="hidden w-56 font-normal lg:table-cell">
              Tags
            </th>
            <th scope="col" className="w-24 text-right font-normal">
              Busy slots
            </th>
            <th scope="col" className="hidden w-24 text-right font-normal sm:table-cell">
              Jobs run
            </th>
            <th scope="col" className="w-24 text-right font-normal">
              Last seen
            </th>
            <th scope="col" className="hidden w-28 pl-6 font-normal md:table-cell">
              Sandbox
            </th>
            <th scope="col" className="hidden w-20 text-right font-normal md:table-cell">
              Version
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((worker) => (
            <Row key={worker.worker} worker={worker} seenAtMs={seenAtMs} isChosen={worker.worker === chosen} />
          ))}
        </tbody>
      </table>
      {shown.length < workers.length && (
        <Button look="quiet" className="self-start" onClick={() => setOpened(true)}>
          Show all {formatCount(workers.length)} workers
        </Button>
      )}
    </>
  )
}

interface RowProps {
  readonly worker: WorkerPing
  readonly seenAtMs: number
  readonly isChosen: boolean
}

function Row({ worker, seenAtMs, isChosen }: RowProps) {
  const row = useRef<HTMLTableRowElement>(null)
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: 'center' })
  }, [isChosen])
  const tags = worker.custom_tags.join(', ')
  return (
    <tr
      ref={row}
      aria-selected={isChosen}
      className={classNames(
        'border-b border-line hover:bg-hover',
        isChosen && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
      )}
    >
      <td className="h-9 min-w-0 truncate py-1 pr-3 font-mono text-[13px]" title={`${worker.worker} on ${worker.ip}`}>
        {worker.worker}
        <span className="block truncate font-sans text-xs text-muted md:hidden">
          {formatCount(worker.jobs_executed)} jobs · {worker.isolated ? worker.sandbox : 'not isolated'} ·{' '}
          {worker.wm_version}
        </span>
      </td>
      <td className="hidden truncate pr-3 text-muted lg:table-cell" title={tags}>
        {tags || 'none'}
      </td>
      <td className={FIGURE}>
        <Busy worker={worker} />
      </td>
      <td className={`hidden sm:table-cell ${FIGURE}`}>{formatCount(worker.jobs_executed)}</td>
      <td className="text-right text-muted">
        <LastSeen worker={worker} seenAtMs={seenAtMs} />
      </td>
      <td className="hidden truncate pl-6 md:table-cell">
        {worker.isolated ? (
          worker.sandbox
        ) : (
          <span className="inline-flex items-center gap-1.5 text-waiting" title="It does not isolate jobs">
            <ShieldAlert size={14} className="shrink-0" aria-label="not isolated:" /> {worker.sandbox}
          </span>
        )}
      </td>
      <td className="hidden truncate text-right text-muted md:table-cell" title={worker.wm_version}>
        {worker.wm_version}
      </td>
    </tr>
  )
}

/** How many slots have a job, with the way to the one that began first. */
function Busy({ worker }: { readonly worker: WorkerPing }) {
  const text = `${formatCount(busySlots(worker))} of ${formatCount(worker.slots)}`
  const { current_job_id: id, current_job_workspace_id: workspace } = worker
  if (id === undefined || workspace === undefined) return text
  return (
    <Link
      to={links.run}
      params={{ workspace, id }}
      title="Open the run that began first"
      className="text-accent hover:underline"
    >
      {text}
    </Link>
  )
}

function LastSeen({ worker, seenAtMs }: { readonly worker: WorkerPing; readonly seenAtMs: number }) {
  const at = new Date(seenAtMs - worker.last_ping * 1000)
  const isSilent = worker.last_ping > SILENT_S
  return (
    <time
      dateTime={at.toISOString()}
      title={`${at.toLocaleString()} · ${at.toISOString()}`}
      className={`inline-flex items-center gap-1 whitespace-nowrap tabular-nums ${isSilent ? 'text-waiting' : ''}`}
    >
      {isSilent && <TriangleAlert size={14} aria-label="silent since" />}
      {formatDistance(at.toISOString(), seenAtMs)}
    </time>
  )
}
