import { getRouteApi } from '@tanstack/react-router'
import { useSession } from '../data/session.ts'
import { GroupEditor } from '../features/worker-group/group-editor.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { GroupRefusal } from './group-refusal.tsx'

const route = getRouteApi('/w/$workspace/new-worker-group')

export function NewWorkerGroupRoute() {
  const { workspace } = route.useParams()
  const { data: session } = useSession()
  if (!session) return <Skeleton />
  if (!session.super_admin) return <GroupRefusal workspace={workspace} title="New worker group" />
  return <GroupEditor workspace={workspace} group={undefined} config={null} />
}
