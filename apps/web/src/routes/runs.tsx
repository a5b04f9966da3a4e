import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { fetchMatchingIds } from '../data/bulk-jobs.ts'
import { describeError } from '../data/client.ts'
import { jobsQuery } from '../data/jobs.ts'
import { BulkBar } from '../features/runs/bulk-bar.tsx'
import { FilterBar } from '../features/runs/filter-bar.tsx'
import { RUNS_PER_PAGE, toJobListQuery, type RunFilters } from '../features/runs/run-filters.ts'
import { RunsTable } from '../features/runs/runs-table.tsx'
import { NOTHING } from '../features/runs/selection.ts'
import { Button } from '../ui/button.tsx'
import { ProblemNote } from '../ui/problem-note.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { showToast } from '../ui/toast.tsx'

const route = getRouteApi('/w/$workspace/runs')

export function RunsRoute() {
  const { workspace } = route.useParams()
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error } = useQuery(jobsQuery(workspace, filters, (nowMs) => toJobListQuery(filters, nowMs)))
  const [selection, setSelection] = useState(NOTHING)
  const page = filters.page ?? 1
  const isFiltered = Object.keys(filters).some((name) => name !== 'page')
  const hasPages = page > 1 || (data?.length ?? 0) >= RUNS_PER_PAGE

  function narrow(next: RunFilters) {
    setSelection(NOTHING)
    void navigate({ search: next })
  }

  async function selectAll() {
    try {
      const ids = await fetchMatchingIds(workspace, toJobListQuery(filters, Date.now()))
      setSelection({ ids: new Set(ids), anchor: undefined })
    } catch (reason) {
      showToast('They could not be selected.', { detail: describeError(reason).message })
    }
  }

  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-4 px-4 py-6 sm:px-6">
      <h1 className="text-xl font-semibold">Runs</h1>
      <FilterBar filters={filters} onChange={narrow} />
      {error && <ProblemNote title="The runs cannot be shown." {...describeError(error)} />}
      {!data && !error && <Skeleton rows={10} />}
      {data?.length === 0 && (
        <p className="py-6 text-muted">
          {isFiltered || page > 1 ? 'No run matches these filters.' : 'Nothing has run yet. Open a script and run it.'}
        </p>
      )}
      {data && data.length > 0 && (
        <RunsTable workspace={workspace} jobs={data} selection={selection} onSelection={setSelection} />
      )}
      {hasPages && (
        <Pages
          page={page}
          isLast={(data?.length ?? 0) < RUNS_PER_PAGE}
          onPage={(next) => void navigate({ search: { ...filters, page: next } })}
        />
      )}
      <BulkBar
        workspace={workspace}
        ids={selection.ids}
        shown={data ?? []}
        onSelectAll={hasPages ? selectAll : undefined}
        onClear={() => setSelection(NOTHING)}
      />
    </div>
  )
}

interface PagesProps {
  readonly page: number
  readonly isLast: boolean
  readonly onPage: (page: number) => void
}

function Pages({ page, isLast, onPage }: PagesProps) {
  return (
    <nav aria-label="Pages" className="flex items-center gap-2 text-sm">
      <Button disabled={page <= 1} onClick={() => onPage(page - 1)}>
        Newer
      </Button>
      <span className="text-muted tabular-nums">Page {page}</span>
      <Button disabled={isLast} onClick={() => onPage(page + 1)}>
        Older
      </Button>
    </nav>
  )
}
