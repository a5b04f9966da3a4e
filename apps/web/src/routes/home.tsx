import { getRouteApi } from '@tanstack/react-router'
import { Home } from '../features/scripts/home.tsx'
import { parseHomeSearch } from './search.ts'

const route = getRouteApi('/w/$workspace/')

export function HomeRoute() {
  const { workspace } = route.useParams()
  const navigate = route.useNavigate()
  return (
    <Home
      workspace={workspace}
      search={route.useSearch()}
      onSearch={(search) => void navigate({ search: parseHomeSearch({ ...search }), replace: true })}
    />
  )
}
