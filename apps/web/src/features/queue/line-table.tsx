import type { Line, QueueSeries } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { CircleX } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { links } from '../../links.ts'
import { classNames } from '../../ui/class-names.ts'
import { formatCount, formatDuration } from '../../ui/format-quantity.ts'
import { DEPTH_NAMES, depthText, isUnserved, type DepthState } from './line-figures.ts'
import { LineTrend } from './line-trend.tsx'
import type { QueueSearch } from './queue-search.ts'

interface LineTableProps {
  readonly workspace: string
  readonly lines: readonly Line[]
  readonly series: QueueSeries | undefined
  readonly search: QueueSearch
  readonly onOpen: (tag: string) => void
}

/** States that have a column where there is room. */
const FURTHER = ['scheduled', 'blocked', 'suspended'] as const satisfies readonly DepthState[]
const FIGURE = 'text-right font-mono text-[13px] tabular-nums'

export function lineRowId(tag: string): string {
  return `line-${tag}`
}

/** Tags in rows; j and k move, Enter opens. */
export function LineTable({ workspace, lines, series, search, onOpen }: LineTableProps) {
  const [chosenTag, setChosenTag] = useState<string | undefined>()
  const chosen = lines.findIndex((line) => line.tag === chosenTag)
  const further = classNames('hidden', search.tag === undefined ? 'lg:table-cell' : '2xl:table-cell')

  function move(step: number) {
    const next = lines[Math.max(0, Math.min(lines.length - 1, chosen + step))]
    if (!next) return
    setChosenTag(next.tag)
    document.getElementById(lineRowId(next.tag))?.scrollIntoView({ block: 'nearest' })
  }

  useActions([
    { id: 'queue.next', title: 'Next tag', shortcut: 'j', isHidden: true, perform: () => move(1) },
    { id: 'queue.previous', title: 'Previous tag', shortcut: 'k', isHidden: true, perform: () => move(-1) },
    ...(chosenTag === undefined
      ? []
      : [
          {
            id: 'queue.open',
            title: 'Open the chosen tag',
            shortcut: 'enter',
            isHidden: true,
            perform: () => onOpen(chosenTag),
          },
        ]),
  ])

  return (
    <table className="w-full table-fixed border-collapse text-sm">
      <thead className="text-left text-xs text-muted">
        <tr className="border-b border-line">
          <Head className="h-8 pl-1">Tag</Head>
          <Head className="w-20 text-right sm:w-24">Waiting</Head>
          <Head className="w-20 text-right sm:w-24">Oldest</Head>
          <Head className="hidden w-20 text-right sm:table-cell">Running</Head>
          {FURTHER.map((state) => (
            <Head key={state} className={classNames(further, 'w-24 text-right')}>
              {DEPTH_NAMES[state]}
            </Head>
          ))}
          <Head className="w-20 text-right sm:w-24">Workers</Head>
          <Head className="hidden w-40 pl-6 md:table-cell">Waiting over time</Head>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr
            key={line.tag}
            id={lineRowId(line.tag)}
            aria-selected={line.tag === chosenTag || line.tag === search.tag}
            className={classNames(
              'group border-b border-line hover:bg-hover',
              (line.tag === chosenTag || line.tag === search.tag) && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
            )}
          >
            <td className="min-w-0">
              <Link
                to={links.queue}
                params={{ workspace }}
                search={{ ...search, tag: line.tag }}
                title={line.tag}
                className="flex h-9 min-w-0 items-center pr-3 pl-1"
              >
                <span className="truncate font-mono text-[13px] group-hover:underline">{line.tag}</span>
              </Link>
            </td>
            <Figure text={depthText(line, 'ready')} />
            <Figure text={line.head_age_ms === undefined ? '–' : formatDuration(line.head_age_ms)} />
            <Figure text={depthText(line, 'running')} className="hidden sm:table-cell" />
            {FURTHER.map((state) => (
              <Figure key={state} text={depthText(line, state)} className={further} />
            ))}
            <td className={FIGURE}>
              <Workers line={line} />
            </td>
            <td className="hidden pl-6 md:table-cell">
              <LineTrend tag={line.tag} series={series} className="block h-6 w-full" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Workers({ line }: { readonly line: Line }) {
  if (!isUnserved(line)) return formatCount(line.workers)
  return (
    <span className="inline-flex items-center gap-1 align-middle font-sans text-sm font-medium text-failed">
      <CircleX size={14} aria-hidden /> none
    </span>
  )
}

function Head({ className, children }: { readonly className: string; readonly children: ReactNode }) {
  return (
    <th scope="col" className={classNames('font-normal', className)}>
      {children}
    </th>
  )
}

function Figure({ text, className }: { readonly text: string; readonly className?: string }) {
  return <td className={classNames(FIGURE, (text === '0' || text === '–') && 'text-muted', className)}>{text}</td>
}
