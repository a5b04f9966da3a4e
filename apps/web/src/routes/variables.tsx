import { getRouteApi } from '@tanstack/react-router'
import { VariablesPage } from '../features/variables/variables-page.tsx'

const route = getRouteApi('/w/$workspace/variables')

export function VariablesRoute() {
  const { workspace } = route.useParams()
  return <VariablesPage workspace={workspace} search={route.useSearch()} />
}
