import { getRouteApi } from '@tanstack/react-router'
import { FlowsPage } from '../features/flows/flows-page.tsx'
import { parseFlowsSearch } from './search.ts'

const route = getRouteApi('/w/$workspace/flows')

export function FlowsRoute() {
  const { workspace } = route.useParams()
  const navigate = route.useNavigate()
  return (
    <FlowsPage
      workspace={workspace}
      search={route.useSearch()}
      onSearch={(search) => void navigate({ search: parseFlowsSearch({ ...search }), replace: true })}
    />
  )
}
