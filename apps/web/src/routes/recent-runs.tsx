import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { jobsQuery } from '../data/jobs.ts'
import { RunsTable } from '../features/runs/runs-table.tsx'
import { links } from '../links.ts'
import { Skeleton } from '../ui/skeleton.tsx'

const RECENT = 20

/** The newest runs of a script or a flow. */
export function RecentRuns({ workspace, path }: { readonly workspace: string; readonly path: string }) {
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
