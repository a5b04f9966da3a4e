import { Check, TriangleAlert } from 'lucide-react'
import { TimeAgo } from '../../ui/time-ago.tsx'
import type { DocumentProblem } from './document/read-document.ts'
import type { FlowDraftState } from './use-flow-draft.ts'

interface FlowStatusLineProps {
  readonly state: FlowDraftState
  readonly problems: readonly DocumentProblem[]
  readonly isStale: boolean
  readonly onShow: (line: number) => void
}

/** In one line: whether the document is a flow, and where what was typed is kept. */
export function FlowStatusLine({ state, problems, isStale, onShow }: FlowStatusLineProps) {
  const [first] = problems
  return (
    <div role="status" className="flex h-7 shrink-0 items-center gap-4 border-t border-line px-3 text-xs text-muted">
      {first ? (
        <button
          type="button"
          title={first.message}
          onClick={() => onShow(first.line)}
          className="flex min-w-0 items-center gap-1.5 text-failed hover:underline"
        >
          <TriangleAlert size={12} className="shrink-0" aria-hidden />
          <span className="truncate">
            Line {first.line}: {first.message}
            {problems.length > 1 && ` (and ${problems.length - 1} more)`}
          </span>
        </button>
      ) : (
        <span className="flex min-w-0 items-center gap-1.5">
          <Check size={12} className="text-done" aria-hidden /> It can be deployed
        </span>
      )}
      <span className="ml-auto flex shrink-0 items-center gap-2">
        {isStale && <span className="text-waiting">A newer version was deployed meanwhile</span>}
        {state.restoredAt && (
          <span>
            Draft of <TimeAgo at={state.restoredAt} />
          </span>
        )}
        {state.isChanged && !state.restoredAt && (
          <span>{state.isKept ? 'Draft kept in this browser' : 'This browser has no room for the draft'}</span>
        )}
        {state.isChanged && (
          <button type="button" className="text-accent hover:underline" onClick={state.discard}>
            Discard draft
          </button>
        )}
      </span>
    </div>
  )
}
