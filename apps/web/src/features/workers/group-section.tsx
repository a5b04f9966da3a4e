import type { ScaleHint } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { ArrowDown, ArrowUp, Check, Pencil, TriangleAlert } from 'lucide-react'
import { links } from '../../links.ts'
import { buttonClass } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { formatCount } from '../../ui/format-quantity.ts'
import { noticesOf, noticeSubject, type GroupView } from './groups-with-workers.ts'
import { WorkerTable } from './worker-table.tsx'

interface GroupSectionProps {
  readonly workspace: string
  readonly view: GroupView
  readonly chosen: string | undefined
  /** When the workers were asked for. */
  readonly seenAtMs: number
  readonly isEditable: boolean
}

/** One group: what it serves, whether it is enough, and its workers. */
export function GroupSection({ workspace, view, chosen, seenAtMs, isEditable }: GroupSectionProps) {
  const { name, workers, hint, tags } = view
  return (
    <section aria-labelledby={`group-${name}`} className="flex flex-col gap-2">
      <header className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 id={`group-${name}`} className="text-lg font-medium break-all">
            {name}
          </h2>
          <p className="text-sm break-words text-muted tabular-nums">
            {workers.length > 0 && (
              <>
                {formatCount(workers.length)} {workers.length === 1 ? 'worker' : 'workers'} ·{' '}
                {formatCount(view.busySlots)} of {formatCount(view.slots)} slots busy ·{' '}
              </>
            )}
            {tags.length === 0 ? 'serves every language and kind' : `serves ${tags.join(', ')}`}
          </p>
        </div>
        {isEditable && (
          <Link
            to={links.workerGroup}
            params={{ workspace, group: name }}
            aria-label={`Edit group ${name}`}
            className={buttonClass('plain')}
          >
            <Pencil size={14} aria-hidden /> Edit group
          </Link>
        )}
      </header>
      {hint && <Wanted hint={hint} />}
      {noticesOf(workers).map((notice) => (
        <p key={notice.text} className="flex gap-2 text-sm">
          <TriangleAlert size={14} className="mt-[3px] shrink-0 text-waiting" aria-hidden />
          <span className="min-w-0 break-words">
            <span className="text-muted">{noticeSubject(notice, workers.length)}:</span> {notice.text}
          </span>
        </p>
      ))}
      {workers.length > 0 ? (
        <WorkerTable workers={workers} seenAtMs={seenAtMs} group={name} chosen={chosen} />
      ) : (
        <NoWorker group={name} />
      )}
    </section>
  )
}

/** How many workers there should be, and the figures that it follows from. */
function Wanted({ hint }: { readonly hint: ScaleHint }) {
  const { wanted, why, enabled } = hint
  return (
    <p className="flex gap-2 text-sm tabular-nums">
      <WantedMark hint={hint} />
      <span className="min-w-0">
        <span className="font-medium">
          {formatCount(wanted)} {wanted === 1 ? 'worker' : 'workers'} wanted
        </span>
        <span className="text-muted">
          {enabled ? ' · ' : ', but autoscaling is off · '}
          {why}.
        </span>
      </span>
    </p>
  )
}

function WantedMark({ hint: { wanted, current } }: { readonly hint: ScaleHint }) {
  if (wanted > current) return <ArrowUp size={14} className="mt-[3px] shrink-0 text-waiting" aria-label="more" />
  if (wanted < current) return <ArrowDown size={14} className="mt-[3px] shrink-0 text-running" aria-label="fewer" />
  return <Check size={14} className="mt-[3px] shrink-0 text-done" aria-hidden />
}

function NoWorker({ group }: { readonly group: string }) {
  const command = `WORKER_GROUP=${group} DATABASE_URL=postgres://… millrace worker`
  return (
    <div className="text-sm">
      <p className="text-muted">It has no live worker. Start one with the address of your database:</p>
      <div className="mt-1 flex max-w-2xl items-center rounded-md bg-panel pr-1 pl-3">
        <code className="min-w-0 flex-1 overflow-x-auto py-1.5 font-mono text-[13px] whitespace-nowrap">{command}</code>
        <CopyButton text={command} label="Copy command" />
      </div>
    </div>
  )
}
