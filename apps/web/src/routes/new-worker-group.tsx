import { getRouteApi } from '@tanstack/react-router'
import { useSession } from '../data/session.ts'
import { GroupEditor } from '../features/worker-group/group-editor.tsx'

const route = getRouteApi('/w/$workspace/new-worker-group')

export function NewWorkerGroupRoute() {
  const { workspace } = route.useParams()
  if (useSession().data?.super_admin !== true)
    return <p className="px-4 py-6 text-muted sm:px-6">Worker groups are made by superadmins.</p>
  return <GroupEditor workspace={workspace} group={undefined} config={null} />
}
