import type { CompletedJob } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { links } from '../../links.ts'
import { findTakenOverBy } from './taken-over.ts'

interface EndedNoteProps {
  readonly workspace: string
  readonly job: CompletedJob
}

/** What one would look for in vain in an ended run, and why. */
export function EndedNote({ workspace, job }: EndedNoteProps) {
  const takenOverBy = findTakenOverBy(job)
  if (takenOverBy !== undefined)
    return (
      <p className="text-muted">
        It did not run: a later call with the same debounce key took over.{' '}
        <Link
          to={links.run}
          params={{ workspace, id: takenOverBy }}
          className="text-accent underline-offset-2 hover:underline"
        >
          Open the run that did
        </Link>
      </p>
    )
  if (job.deleted) return <p className="text-muted">Inputs, result and log were deleted, as the script asks for.</p>
  return null
}
