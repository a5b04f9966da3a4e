import type { ResourceType } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { useRef } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { useRowKeys } from '../../actions/use-row-keys.ts'
import { describeError } from '../../data/client.ts'
import { resourceCountsQuery } from '../../data/resources.ts'
import { resourceTypesQuery } from '../../data/resource-types.ts'
import { links } from '../../links.ts'
import { classNames } from '../../ui/class-names.ts'
import { formatCount } from '../../ui/format-quantity.ts'
import { Input } from '../../ui/input.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import type { ResourcesSearch } from './resources-search.ts'

interface TypeListProps {
  readonly workspace: string
  readonly search: ResourcesSearch
  readonly onSearch: (search: ResourcesSearch, replace?: boolean) => void
}

export function typeRowId(name: string): string {
  return `type-${name}`
}

/** What resources can be of. */
export function TypeList({ workspace, search, onSearch }: TypeListProps) {
  const searchBox = useRef<HTMLInputElement>(null)
  const { data, error } = useQuery(resourceTypesQuery(workspace))
  const found = findTypes(data ?? [], search.q ?? '')

  useActions([
    {
      id: 'types.search',
      title: 'Search types',
      icon: <Search size={14} />,
      shortcut: '/',
      perform: () => searchBox.current?.focus(),
    },
  ])

  return (
    <div className="flex flex-col gap-4">
      <Input
        ref={searchBox}
        type="search"
        aria-label="Search types"
        placeholder="Search by name or description"
        value={search.q ?? ''}
        onChange={({ target }) => onSearch({ tab: 'types', ...(target.value !== '' && { q: target.value }) }, true)}
        className="h-7! max-w-xs text-sm!"
      />
      {error && <ProblemNote title="The types cannot be shown." {...describeError(error)} />}
      {!data && !error && <Skeleton rows={8} />}
      {data && found.length === 0 && <p className="py-2 text-muted">No type matches.</p>}
      {found.length > 0 && (
        <TypeTable
          workspace={workspace}
          types={found}
          search={search}
          onOpen={(name) => onSearch({ ...search, open: name })}
        />
      )}
    </div>
  )
}

interface TypeTableProps {
  readonly workspace: string
  readonly types: readonly ResourceType[]
  readonly search: ResourcesSearch
  readonly onOpen: (name: string) => void
}

function TypeTable({ workspace, types, search, onOpen }: TypeTableProps) {
  const counts = useQuery(resourceCountsQuery(workspace)).data
  const ids = types.map(({ name }) => name)
  const chosen = useRowKeys({ noun: 'type', ids, elementId: typeRowId, onOpen })
  const isPanelOpen = search.open !== undefined || search.new === true
  const further = classNames('hidden', isPanelOpen ? '2xl:table-cell' : 'md:table-cell')
  return (
    <table className="w-full table-fixed border-collapse text-sm">
      <thead className="text-left text-xs text-muted">
        <tr className="border-b border-line">
          <th scope="col" className="h-8 pl-1 font-normal">
            Type
          </th>
          <th scope="col" className={classNames(further, 'w-2/5 font-normal')}>
            Description
          </th>
          <th scope="col" className="hidden w-32 font-normal sm:table-cell">
            Kept in
          </th>
          <th scope="col" className="w-24 pr-1 text-right font-normal">
            Resources
          </th>
        </tr>
      </thead>
      <tbody>
        {types.map(({ name, display_name: label, description, workspace_id: home }) => {
          const isAt = name === chosen || name === search.open
          const count = counts?.get(name) ?? 0
          return (
            <tr
              key={name}
              id={typeRowId(name)}
              aria-selected={isAt}
              className={classNames(
                'group border-b border-line hover:bg-hover',
                isAt && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
              )}
            >
              <td className="min-w-0">
                <Link
                  to={links.resources}
                  params={{ workspace }}
                  search={{ tab: 'types', ...(search.q !== undefined && { q: search.q }), open: name }}
                  title={name}
                  className="flex h-9 min-w-0 items-center gap-2 pr-3 pl-1"
                >
                  <span className="truncate group-hover:underline">{label ?? name}</span>
                  {label !== undefined && (
                    <span className="min-w-0 shrink truncate font-mono text-xs text-muted">{name}</span>
                  )}
                </Link>
              </td>
              <td className={classNames(further, 'truncate pr-3 text-muted')} title={description}>
                {description}
              </td>
              <td className="hidden truncate pr-3 text-muted sm:table-cell">
                {home === workspace ? 'this workspace' : home}
              </td>
              <td className="pr-1 text-right font-mono text-[13px] tabular-nums">
                {count === 0 ? (
                  <span className="text-muted">0</span>
                ) : (
                  <Link
                    to={links.resources}
                    params={{ workspace }}
                    search={{ type: name }}
                    className="text-accent hover:underline"
                  >
                    {formatCount(count)}
                  </Link>
                )}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function findTypes(types: readonly ResourceType[], text: string): readonly ResourceType[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return types.filter(({ name, display_name: label = '', description }) => {
    const haystack = `${name} ${label} ${description}`.toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}
