import { X } from 'lucide-react'
import { describeError } from '../../data/client.ts'
import { runsText } from '../../data/waiting-cause.ts'
import { IconButton } from '../../ui/button.tsx'
import { formatCount } from '../../ui/format-quantity.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import type { BulkResult } from './use-bulk-work.ts'

interface BulkReportProps {
  readonly report: BulkResult
  readonly onClose: () => void
}

const REASONS_SHOWN_MAX = 5

/** What happened to the runs, and what did not. */
export function BulkReport({ report, onClose }: BulkReportProps) {
  const { outcome, error } = report
  const reasons = [...(outcome?.refused ?? [])]
  const refused = reasons.reduce((sum, [, count]) => sum + count, 0)
  return (
    <div className="flex min-w-0 flex-1 items-start gap-2">
      <div role="status" className="min-w-0 flex-1 leading-7">
        {error !== undefined && <ProblemNote title="It was broken off; some may be done." {...describeError(error)} />}
        {outcome && (
          <p>
            {doneText(report)}
            {refused > 0 && <span className="text-muted"> {formatCount(refused)} not:</span>}
          </p>
        )}
        {reasons.length > 0 && (
          <ul className="max-h-40 overflow-y-auto text-muted">
            {reasons.slice(0, REASONS_SHOWN_MAX).map(([reason, count]) => (
              <li key={reason} className="leading-5 break-words">
                {formatCount(count)} × {reason}
              </li>
            ))}
            {reasons.length > REASONS_SHOWN_MAX && <li>{reasons.length - REASONS_SHOWN_MAX} further reasons</li>}
          </ul>
        )}
      </div>
      <IconButton label="Close" onClick={onClose}>
        <X size={14} />
      </IconButton>
    </div>
  )
}

function doneText({ verb, outcome }: BulkResult): string {
  const { done = 0, below = 0 } = outcome ?? {}
  if (verb === 'again') return `Started ${runsText(done)}.`
  const what = verb === 'force' ? 'Ended' : 'Cancelled or told to end:'
  return `${what} ${runsText(done)}${below > 0 ? ` and ${formatCount(below)} that they started` : ''}.`
}
