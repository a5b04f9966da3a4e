import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { asArgs, jobArgsQuery, jobsQuery } from '../data/jobs.ts'
import { RunsTable } from '../features/runs/runs-table.tsx'
import { ScriptPage } from '../features/script/script-page.tsx'
import { links } from '../links.ts'
import { Skeleton } from '../ui/skeleton.tsx'

const route = getRouteApi('/w/$workspace/scripts/$')
const RECENT = 20

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

function RecentRuns({ workspace, path }: { readonly workspace: string; readonly path: string }) {
  const query = { script_path_exact: path, per_page: RECENT }
  const { data } = useQuery(jobsQuery(workspace, query, () => query))
  if (!data) return <Skeleton rows={5} />
  if (data.length === 0) return <p className="text-muted">It has not run yet.</p>
  return (
    <div className="flex flex-col items-start gap-3">
      <RunsTable workspace={workspace} jobs={data} />
      <Link to={links.runs} params={{ workspace }} search={{ path }} className="text-accent hover:underline">
        Show all runs
      </Link>
    </div>
  )
}
