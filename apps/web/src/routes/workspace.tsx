import { getRouteApi, Outlet } from '@tanstack/react-router'
import { ItemReferences } from '../items/item-references.tsx'
import { Shell } from '../features/shell/shell.tsx'

const route = getRouteApi('/w/$workspace')

export function WorkspaceRoute() {
  const { workspace } = route.useParams()
  return (
    <Shell key={workspace} workspace={workspace}>
      <ItemReferences workspace={workspace}>
        <Outlet />
      </ItemReferences>
    </Shell>
  )
}
