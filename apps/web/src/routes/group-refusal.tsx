import { Link } from '@tanstack/react-router'
import { links } from '../links.ts'
import { Refusal } from '../ui/refusal.tsx'

/** What somebody sees who may not write worker groups. */
export function GroupRefusal({ workspace, title }: { readonly workspace: string; readonly title: string }) {
  return (
    <Refusal title={title}>
      Worker groups serve all workspaces, so only superadmins make and change them. Their workers are on the page{' '}
      <Link to={links.workers} params={{ workspace }} className="text-accent hover:underline">
        Workers
      </Link>
      .
    </Refusal>
  )
}
