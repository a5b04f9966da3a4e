import { getRouteApi } from '@tanstack/react-router'
import { SettingsPage } from '../features/settings/settings-page.tsx'

const route = getRouteApi('/w/$workspace/settings')

export function SettingsRoute() {
  const { workspace } = route.useParams()
  return <SettingsPage workspace={workspace} />
}
