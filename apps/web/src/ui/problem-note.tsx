import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { CopyButton } from './copy-button.tsx'

interface ProblemNoteProps {
  readonly title: string
  readonly message: string
  /** Code, request id and the like; folds out and copies as one block. */
  readonly details?: string | undefined
  readonly children?: ReactNode
}

/** What went wrong, why, and what to do. */
export function ProblemNote({ title, message, details, children }: ProblemNoteProps) {
  return (
    <div role="alert" className="flex gap-2.5 rounded-md border border-line bg-failed-soft px-3 py-2 text-sm">
      <TriangleAlert size={16} className="mt-0.5 shrink-0 text-failed" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words text-failed">{title}</p>
        <p className="break-words whitespace-pre-wrap">{message}</p>
        {details && (
          <details className="mt-1 text-muted">
            <summary className="cursor-pointer text-xs">Details</summary>
            <div className="flex items-start gap-1">
              <pre className="min-w-0 flex-1 overflow-x-auto font-mono text-xs whitespace-pre-wrap">{details}</pre>
              <CopyButton text={details} label="Copy details" />
            </div>
          </details>
        )}
        {children}
      </div>
    </div>
  )
}
