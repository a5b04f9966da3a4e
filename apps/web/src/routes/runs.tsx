import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { describeError } from '../data/client.ts'
import { jobsQuery } from '../data/jobs.ts'
import { FilterBar } from '../features/runs/filter-bar.tsx'
import { RUNS_PER_PAGE, toJobListQuery } from '../features/runs/run-filters.ts'
import { RunsTable } from '../features/runs/runs-table.tsx'
import { Button } from '../ui/button.tsx'
import { ProblemNote } from '../ui/problem-note.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

const route = getRouteApi('/w/$workspace/runs')

export function RunsRoute() {
  const { workspace } = route.useParams()
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error } = useQuery(jobsQuery(workspace, filters, (nowMs) => toJobListQuery(filters, nowMs)))
  const page = filters.page ?? 1
  const isFiltered = Object.keys(filters).some((name) => name !== 'page')
  const goTo = (next: number) => void navigate({ search: { ...filters, page: next } })
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-4 px-4 py-6 sm:px-6">
      <h1 className="text-xl font-semibold">Runs</h1>
      <FilterBar filters={filters} onChange={(next) => void navigate({ search: next })} />
      {error && <ProblemNote title="The runs cannot be shown." {...describeError(error)} />}
      {!data && !error && <Skeleton rows={10} />}
      {data?.length === 0 && (
        <p className="py-6 text-muted">
          {isFiltered || page > 1 ? 'No run matches these filters.' : 'Nothing has run yet. Open a script and run it.'}
        </p>
      )}
      {data && data.length > 0 && <RunsTable workspace={workspace} jobs={data} />}
      {(page > 1 || (data?.length ?? 0) >= RUNS_PER_PAGE) && (
        <nav aria-label="Pages" className="flex items-center gap-2 text-sm">
          <Button disabled={page <= 1} onClick={() => goTo(page - 1)}>
            Newer
          </Button>
          <span className="text-muted tabular-nums">Page {page}</span>
          <Button disabled={(data?.length ?? 0) < RUNS_PER_PAGE} onClick={() => goTo(page + 1)}>
            Older
          </Button>
        </nav>
      )}
    </div>
  )
}
