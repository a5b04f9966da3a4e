import type { Line, QueueSeries } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { describeError } from '../../data/client.ts'
import { lineQuery } from '../../data/queue.ts'
import { links } from '../../links.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { formatCount, formatDuration } from '../../ui/format-quantity.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { SidePanel } from '../../ui/side-panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { DEPTH_NAMES, depthStates, depthText, isUnserved } from './line-figures.ts'
import { LineTrend, peakText } from './line-trend.tsx'
import { SPAN_NAMES, type Span } from './queue-search.ts'
import { TenantTable } from './tenant-table.tsx'

interface LinePanelProps {
  readonly workspace: string
  readonly tag: string
  readonly series: QueueSeries | undefined
  readonly span: Span
  readonly onClose: () => void
}

/** One tag: what is wrong, how much there is of it, and whose it is. */
export function LinePanel({ workspace, tag, series, span, onClose }: LinePanelProps) {
  const { data: line, error } = useQuery(lineQuery(tag))
  const peak = peakText(tag, series)
  return (
    <SidePanel label={`Tag ${tag}`} title={tag} marks={<CopyButton text={tag} label="Copy tag" />} onClose={onClose}>
      {error && <ProblemNote title="This tag cannot be shown." {...describeError(error)} />}
      {line === undefined && !error && <Skeleton rows={6} />}
      {line === null && <p className="text-muted">Nothing of this tag waits or runs.</p>}
      {line && isUnserved(line) && (
        <ProblemNote
          title="No live worker takes this tag."
          message="Start a worker whose group has it, or add it to the tags of a group that has workers."
        >
          <Link to={links.workers} params={{ workspace }} className="text-accent hover:underline">
            Open Workers
          </Link>
        </ProblemNote>
      )}
      {line && <Depths line={line} />}
      {peak !== undefined && (
        <section className="flex flex-col gap-1">
          <h3 className="text-sm font-medium">{SPAN_NAMES[span]}</h3>
          <LineTrend tag={tag} series={series} className="block h-16 w-full border-b border-line" />
          <p className="text-sm text-muted tabular-nums">{peak}</p>
        </section>
      )}
      {line && line.tenants.length > 0 && <TenantTable tenants={line.tenants} />}
    </SidePanel>
  )
}

function Depths({ line }: { readonly line: Line }) {
  return (
    <dl className="grid grid-cols-[1fr_auto] gap-y-1 text-sm tabular-nums">
      {depthStates.map((state) => (
        <Fact key={state} name={DEPTH_NAMES[state]} text={depthText(line, state)} />
      ))}
      {line.head_age_ms !== undefined && <Fact name="Oldest" text={formatDuration(line.head_age_ms)} />}
      <Fact name="Live workers that take it" text={formatCount(line.workers)} />
    </dl>
  )
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className={text === '0' ? 'text-right font-mono text-[13px] text-muted' : 'text-right font-mono text-[13px]'}>
        {text}
      </dd>
    </>
  )
}
