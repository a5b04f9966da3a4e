import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { asArgs, jobArgsQuery } from '../data/jobs.ts'
import { ScriptPage } from '../features/script/script-page.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { RecentRuns } from './recent-runs.tsx'

const route = getRouteApi('/w/$workspace/scripts/$')

export function ScriptRoute() {
  const { workspace, _splat: path = '' } = route.useParams()
  const { tab = 'run', hash, from } = route.useSearch()
  const navigate = route.useNavigate()
  const given = useQuery({ ...jobArgsQuery(workspace, from ?? ''), enabled: from !== undefined })
  if (from !== undefined && given.isPending) return <Skeleton />
  return (
    <ScriptPage
      key={`${path}:${from ?? ''}`}
      workspace={workspace}
      path={path}
      hash={hash}
      tab={tab}
      onTab={(next) =>
        void navigate({
          search: { ...(next !== 'run' && { tab: next }), ...(hash !== undefined && { hash }) },
          replace: true,
        })
      }
      args={from === undefined ? undefined : asArgs(given.data)}
      runs={<RecentRuns workspace={workspace} path={path} />}
    />
  )
}
