import type { Line } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { describeError } from '../../data/client.ts'
import { LINES_PER_PAGE, linesQuery, queueSeriesQuery } from '../../data/queue.ts'
import { links } from '../../links.ts'
import { formatCount } from '../../ui/format-quantity.ts'
import { PageLinks } from '../../ui/page-links.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Select } from '../../ui/select.tsx'
import { ListWithPanel } from '../../ui/side-panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { isUnserved } from './line-figures.ts'
import { LinePanel } from './line-panel.tsx'
import { LineTable, lineRowId } from './line-table.tsx'
import { NothingWaits } from './nothing-waits.tsx'
import { SPAN_NAMES, SPAN_S, spans, type QueueSearch } from './queue-search.ts'

interface QueuePageProps {
  readonly workspace: string
  readonly search: QueueSearch
}

/** What waits, by tag; the chosen one beside it. */
export function QueuePage({ workspace, search }: QueuePageProps) {
  const navigate = useNavigate()
  const page = search.page ?? 1
  const span = search.span ?? '1h'
  const { data, error } = useQuery(linesQuery(page))
  const { data: series } = useQuery(queueSeriesQuery(SPAN_S[span]))
  const isPaged = page > 1 || (data?.length ?? 0) >= LINES_PER_PAGE
  const go = (part: Partial<Record<keyof QueueSearch, string | number | undefined>>) =>
    void navigate({ to: links.queue, params: { workspace }, search: { ...search, ...part } as QueueSearch })

  function close() {
    const row = lineRowId(search.tag ?? '')
    go({ tag: undefined })
    requestAnimationFrame(() => document.getElementById(row)?.querySelector('a')?.focus())
  }

  return (
    <ListWithPanel
      onClose={close}
      panel={
        search.tag !== undefined && (
          <LinePanel
            key={search.tag}
            workspace={workspace}
            tag={search.tag}
            series={series}
            span={span}
            onClose={close}
          />
        )
      }
    >
      <header className="flex items-center gap-3">
        <h1 className="flex-1 text-xl font-semibold">
          Queue{' '}
          {data && data.length > 0 && !isPaged && (
            <span className="ml-1 text-base font-normal whitespace-nowrap text-muted tabular-nums">
              {formatCount(data.length)} {data.length === 1 ? 'tag' : 'tags'}
            </span>
          )}
        </h1>
        {data && data.length > 0 && (
          <Select
            label="Stretch of the curves"
            size="dense"
            value={span}
            options={spans.map((value) => ({ value, label: SPAN_NAMES[value] }))}
            onChange={(value) => go({ span: value === '1h' ? undefined : value })}
          />
        )}
      </header>
      {error && <ProblemNote title="The queue cannot be shown." {...describeError(error)} />}
      {!data && !error && <Skeleton rows={8} />}
      {data?.length === 0 && page === 1 && <NothingWaits workspace={workspace} />}
      {data?.length === 0 && page > 1 && <p className="py-6 text-muted">There are no more tags.</p>}
      {data && <Unserved lines={data.filter((line) => line.tag !== search.tag)} workspace={workspace} />}
      {data && data.length > 0 && (
        <LineTable workspace={workspace} lines={data} series={series} search={search} onOpen={(tag) => go({ tag })} />
      )}
      {isPaged && (
        <PageLinks
          page={page}
          isLast={(data?.length ?? 0) < LINES_PER_PAGE}
          onPage={(next) => go({ page: next === 1 ? undefined : next })}
        />
      )}
    </ListWithPanel>
  )
}

const NAMED_MAX = 3

/** Tags whose jobs wait in vain, before anything else is read. */
function Unserved({ lines, workspace }: { readonly lines: readonly Line[]; readonly workspace: string }) {
  const tags = lines.filter(isUnserved).map((line) => line.tag)
  if (tags.length === 0) return null
  const more = tags.length - NAMED_MAX
  const names = `${tags.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`
  return (
    <ProblemNote
      title={`No live worker takes ${names}.`}
      message="Start a worker whose group has the tag, or add it to the tags of a group that has workers."
    >
      <Link to={links.workers} params={{ workspace }} className="text-accent hover:underline">
        Open Workers
      </Link>
    </ProblemNote>
  )
}
