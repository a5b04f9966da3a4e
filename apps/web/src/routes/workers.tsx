import { getRouteApi } from '@tanstack/react-router'
import { useSession } from '../data/session.ts'
import { CustomTags } from '../features/workers/custom-tags.tsx'
import { WorkersPage } from '../features/workers/workers-page.tsx'

const route = getRouteApi('/w/$workspace/workers')

export function WorkersRoute() {
  const { workspace } = route.useParams()
  const isSuperadmin = useSession().data?.super_admin === true
  return (
    <WorkersPage workspace={workspace} chosen={route.useSearch().worker} isSuperadmin={isSuperadmin}>
      {isSuperadmin && <CustomTags />}
    </WorkersPage>
  )
}
