import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { asArgs, jobArgsQuery } from '../data/jobs.ts'
import { FlowPage } from '../features/flow/flow-page.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { RecentRuns } from './recent-runs.tsx'

const route = getRouteApi('/w/$workspace/flow/$')

export function FlowRoute() {
  const { workspace, _splat: path = '' } = route.useParams()
  const { tab = 'run', version, from } = route.useSearch()
  const navigate = route.useNavigate()
  const given = useQuery({ ...jobArgsQuery(workspace, from ?? ''), enabled: from !== undefined })
  if (from !== undefined && given.isPending) return <Skeleton />
  return (
    <FlowPage
      key={`${path}:${from ?? ''}`}
      workspace={workspace}
      path={path}
      version={version}
      tab={tab}
      onTab={(next) =>
        void navigate({
          search: { ...(next !== 'run' && { tab: next }), ...(version !== undefined && { version }) },
          replace: true,
        })
      }
      args={from === undefined ? undefined : asArgs(given.data)}
      runs={<RecentRuns workspace={workspace} path={path} />}
    />
  )
}
