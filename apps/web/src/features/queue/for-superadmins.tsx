import { Link } from '@tanstack/react-router'
import { links } from '../../links.ts'
import { Refusal } from '../../ui/refusal.tsx'

/** What somebody sees who may not look at all workspaces. */
export function ForSuperadmins({ workspace }: { readonly workspace: string }) {
  return (
    <Refusal title="Queue">
      The queue is shared by all workspaces, so only superadmins see it as a whole. What waits in {workspace} is among
      its{' '}
      <Link
        to={links.runs}
        params={{ workspace }}
        search={{ state: 'waiting' }}
        className="text-accent hover:underline"
      >
        waiting runs
      </Link>
      .
    </Refusal>
  )
}
