import type { CancelState } from '@millrace/contracts'
import { Check } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from '../../ui/button.tsx'

interface CancelStepsProps {
  readonly cancel: CancelState
  readonly by: string | undefined
  readonly onForce: () => void
  readonly isForcing: boolean
}

/** After so long one may have lost patience. */
const PATIENCE_MS = 5_000

/** How far the end of a run has come, with times; after a while, the way to end it at once. */
export function CancelSteps({ cancel, by, onForce, isForcing }: CancelStepsProps) {
  const isLate = useLapsed(PATIENCE_MS)
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-4 gap-y-1 text-waiting">
      <ol aria-label="Steps of the cancel" className="flex flex-wrap gap-x-4">
        <Step at={cancel.asked_at}>Asked to end{by !== undefined && ` by ${by}`}</Step>
        <Step at={cancel.signalled_at}>SIGTERM sent</Step>
        <Step at={cancel.killed_at}>Killed</Step>
      </ol>
      {isLate && (
        <Button look="danger" onClick={onForce} disabled={isForcing} title="Writes the end at once, without its worker">
          Force cancel
        </Button>
      )}
    </div>
  )
}

function Step({ at, children }: { readonly at: string | undefined; readonly children: React.ReactNode }) {
  if (at === undefined) return null
  return (
    <li className="flex items-center gap-1">
      <Check size={14} aria-hidden />
      {children}
      <time dateTime={at} title={at} className="tabular-nums">
        {new Date(at).toLocaleTimeString()}
      </time>
    </li>
  )
}

/** True so long after the first look: by this clock alone, for the server's may differ. */
function useLapsed(afterMs: number): boolean {
  const [isLapsed, setLapsed] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLapsed(true), afterMs)
    return () => clearTimeout(timer)
  }, [afterMs])
  return isLapsed
}
