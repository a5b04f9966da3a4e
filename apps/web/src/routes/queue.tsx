import { getRouteApi } from '@tanstack/react-router'
import { useSession } from '../data/session.ts'
import { ForSuperadmins } from '../features/queue/for-superadmins.tsx'
import { QueuePage } from '../features/queue/queue-page.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

const route = getRouteApi('/w/$workspace/queue')

export function QueueRoute() {
  const { workspace } = route.useParams()
  const search = route.useSearch()
  const { data: session } = useSession()
  if (!session) return <Skeleton />
  return session.super_admin ? (
    <QueuePage workspace={workspace} search={search} />
  ) : (
    <ForSuperadmins workspace={workspace} />
  )
}
