import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plus, Search } from 'lucide-react'
import { useRef } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import { resourceCountsQuery, RESOURCES_PER_PAGE, resourcesQuery } from '../../data/resources.ts'
import { resourceTypesQuery, typeLabel } from '../../data/resource-types.ts'
import { links } from '../../links.ts'
import { buttonClass } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { EmptyNote } from '../../ui/empty-note.tsx'
import { FilterChip } from '../../ui/filter-chip.tsx'
import { formatCount } from '../../ui/format-quantity.ts'
import { Input } from '../../ui/input.tsx'
import { PageLinks } from '../../ui/page-links.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { ResourceTable } from './resource-table.tsx'
import type { ResourcesSearch } from './resources-search.ts'

interface ResourceListProps {
  readonly workspace: string
  readonly search: ResourcesSearch
  readonly onSearch: (search: ResourcesSearch, replace?: boolean) => void
}

const ALL = 'all'

/** Resources of all types or of one. */
export function ResourceList({ workspace, search, onSearch }: ResourceListProps) {
  const searchBox = useRef<HTMLInputElement>(null)
  const { open: _open, new: _new, page: _page, ...filters } = search
  const { q, type, label } = filters
  const page = search.page ?? 1
  const { data, error } = useQuery(resourcesQuery(workspace, { text: q, type, label, page }))
  const counts = useQuery(resourceCountsQuery(workspace)).data
  const types = useQuery(resourceTypesQuery(workspace)).data
  const isNarrowed = q !== undefined || type !== undefined || label !== undefined
  const isEmpty = data?.length === 0 && !isNarrowed && page === 1
  const without = (name: 'q' | 'type' | 'label') => {
    const { [name]: _dropped, ...rest } = filters
    return rest
  }

  useActions([
    {
      id: 'resources.search',
      title: 'Search resources',
      icon: <Search size={14} />,
      shortcut: '/',
      perform: () => searchBox.current?.focus(),
    },
  ])

  return (
    <div className="flex flex-col gap-4">
      {!isEmpty && (
        <div className="flex flex-wrap items-center gap-2">
          <Input
            ref={searchBox}
            type="search"
            aria-label="Search resources"
            placeholder="Search by path, value or description"
            value={q ?? ''}
            onChange={({ target }) =>
              onSearch(target.value === '' ? without('q') : { ...filters, q: target.value }, true)
            }
            className="h-7! max-w-xs text-sm!"
          />
          <Select
            label="Type"
            size="dense"
            value={type ?? ALL}
            options={[
              { value: ALL, label: 'All types' },
              ...usedTypes(counts, type).map((name) => ({
                value: name,
                label: `${typeLabel(types, name)} · ${formatCount(counts?.get(name) ?? 0)}`,
              })),
            ]}
            onChange={(name) => onSearch(name === ALL ? without('type') : { ...filters, type: name })}
          />
          {label !== undefined && (
            <FilterChip name="label" onRemove={() => onSearch(without('label'))}>
              <span className="text-muted">Label</span> {label}
            </FilterChip>
          )}
        </div>
      )}
      {error && <ProblemNote title="The resources cannot be shown." {...describeError(error)} />}
      {!data && !error && <Skeleton rows={8} />}
      {isEmpty && <NoResources workspace={workspace} />}
      {data?.length === 0 && isNarrowed && <p className="py-2 text-muted">No resource matches.</p>}
      {data?.length === 0 && page > 1 && <p className="py-2 text-muted">There are no more resources.</p>}
      {data && data.length > 0 && (
        <ResourceTable
          workspace={workspace}
          resources={data}
          types={types}
          search={search}
          onOpen={(path) => onSearch({ ...filters, ...(page > 1 && { page }), open: path })}
          onLabel={(chosen) => onSearch({ ...filters, label: chosen })}
        />
      )}
      {(page > 1 || (data?.length ?? 0) >= RESOURCES_PER_PAGE) && (
        <PageLinks
          page={page}
          isLast={(data?.length ?? 0) < RESOURCES_PER_PAGE}
          onPage={(next) => onSearch(next === 1 ? filters : { ...filters, page: next })}
        />
      )}
    </div>
  )
}

/** Types that have resources, and the chosen one. */
function usedTypes(counts: ReadonlyMap<string, number> | undefined, chosen: string | undefined): readonly string[] {
  const used = new Set(counts?.keys())
  if (chosen !== undefined) used.add(chosen)
  return [...used].sort()
}

function NoResources({ workspace }: { readonly workspace: string }) {
  return (
    <EmptyNote title="There are no resources yet">
      <p>
        A resource keeps how something is reached, such as a database: its type says which values that takes. A script
        whose parameter has the type gets one by its form, and its passwords stay in secret variables.
      </p>
      <Link
        to={links.resources}
        params={{ workspace }}
        search={{ new: true }}
        className={classNames(buttonClass('plain'), 'mt-4')}
      >
        <Plus size={14} aria-hidden /> New resource
      </Link>
    </EmptyNote>
  )
}
