import type { FlowItem } from '@millrace/contracts'
import { Link, useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Workflow } from 'lucide-react'
import { useRef } from 'react'
import { useRowKeys } from '../../actions/use-row-keys.ts'
import { links } from '../../links.ts'
import { classNames } from '../../ui/class-names.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'

const ROW_PX = 52

interface FlowListProps {
  readonly workspace: string
  readonly flows: readonly FlowItem[]
}

/** Flows in rows, only those in view drawn; j and k move, Enter opens. */
export function FlowList({ workspace, flows }: FlowListProps) {
  const navigate = useNavigate()
  const scroller = useRef<HTMLDivElement>(null)
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes our components
  const rows = useVirtualizer({
    count: flows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  })
  const chosen = useRowKeys({
    noun: 'flow',
    ids: flows.map(({ path }) => path),
    elementId,
    onOpen: (path) => void navigate({ to: links.flow, params: { workspace, _splat: path } }),
  })
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto">
      <ul aria-label="Flows" className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const flow = flows[row.index]
          if (!flow) return null
          return (
            <li
              key={flow.path}
              id={elementId(flow.path)}
              className="absolute inset-x-0 top-0"
              style={{ height: ROW_PX, transform: `translateY(${row.start}px)` }}
            >
              <Row workspace={workspace} flow={flow} isChosen={flow.path === chosen} />
            </li>
          )
        })}
      </ul>
    </div>
  )
}

interface RowProps {
  readonly workspace: string
  readonly flow: FlowItem
  readonly isChosen: boolean
}

function Row({ workspace, flow, isChosen }: RowProps) {
  return (
    <Link
      to={links.flow}
      params={{ workspace, _splat: flow.path }}
      className={classNames(
        'flex h-full items-center gap-3 border-b border-line px-1 hover:bg-hover focus-visible:-outline-offset-2',
        isChosen && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
      )}
    >
      <Workflow size={16} className="mx-1 shrink-0 text-muted" aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium" title={flow.summary || flow.path}>
          {flow.summary || flow.path}
        </span>
        {flow.summary && <span className="block truncate font-mono text-xs text-muted">{flow.path}</span>}
      </span>
      {flow.is_locking === true && <span className="text-xs text-waiting">locking</span>}
      {flow.lock_error_logs !== undefined && <span className="text-xs text-failed">not locked</span>}
      {flow.archived && <span className="text-xs text-waiting">archived</span>}
      <span className="hidden w-32 truncate text-right text-sm text-muted sm:block">{flow.edited_by}</span>
      <span className="w-20 text-right text-sm text-muted">
        <TimeAgo at={flow.edited_at} />
      </span>
    </Link>
  )
}

function elementId(path: string): string {
  return `flow ${path}`
}
