import { getRouteApi } from '@tanstack/react-router'
import { ResourcesPage } from '../features/resources/resources-page.tsx'

const route = getRouteApi('/w/$workspace/resources')

export function ResourcesRoute() {
  const { workspace } = route.useParams()
  return <ResourcesPage workspace={workspace} search={route.useSearch()} />
}
