import type { SignatureReply } from '@millrace/contracts'
import { Check, TriangleAlert } from 'lucide-react'
import { TimeAgo } from '../../ui/time-ago.tsx'
import type { EditorState } from './use-editor-state.ts'

interface StatusLineProps {
  readonly state: EditorState
  readonly signature: SignatureReply | undefined
  readonly isStale: boolean
}

/** In one line: whether the code can be read, and where what was typed is kept. */
export function StatusLine({ state, signature, isStale }: StatusLineProps) {
  return (
    <div role="status" className="flex h-7 shrink-0 items-center gap-4 border-t border-line px-3 text-xs text-muted">
      <Validity signature={signature} />
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

function Validity({ signature }: { readonly signature: SignatureReply | undefined }) {
  if (!signature) return <span className="min-w-0 flex-1" />
  if (!signature.error) {
    return (
      <span className="flex min-w-0 items-center gap-1.5">
        <Check size={12} className="text-done" aria-hidden />
        {signature.auto_kind === 'lib' ? 'A library: it has no main' : 'Form up to date'}
      </span>
    )
  }
  const { line, message } = signature.error
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-failed" title={message}>
      <TriangleAlert size={12} className="shrink-0" aria-hidden />
      <span className="truncate">{line === undefined ? message : `Line ${line}: ${message}`}</span>
    </span>
  )
}
