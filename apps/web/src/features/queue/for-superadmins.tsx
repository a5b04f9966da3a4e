import { Link } from '@tanstack/react-router'
import { links } from '../../links.ts'

/** What somebody sees who may not look at all workspaces. */
export function ForSuperadmins({ workspace }: { readonly workspace: string }) {
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-4 px-4 py-6 sm:px-6">
      <h1 className="text-xl font-semibold">Queue</h1>
      <p className="max-w-[72ch] text-muted">
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
      </p>
    </div>
  )
}
