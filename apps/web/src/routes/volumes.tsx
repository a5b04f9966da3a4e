import { getRouteApi } from '@tanstack/react-router'
import { VolumesPage } from '../features/volumes/volumes-page.tsx'

const route = getRouteApi('/w/$workspace/volumes')

export function VolumesRoute() {
  return <VolumesPage workspace={route.useParams().workspace} />
}
