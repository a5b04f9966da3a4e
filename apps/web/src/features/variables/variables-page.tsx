import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Plus, Search } from 'lucide-react'
import { useRef } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import { VARIABLES_PER_PAGE, variablesQuery } from '../../data/variables.ts'
import { links } from '../../links.ts'
import { buttonClass } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { EmptyNote } from '../../ui/empty-note.tsx'
import { FilterChip } from '../../ui/filter-chip.tsx'
import { formatCount } from '../../ui/format-quantity.ts'
import { Input } from '../../ui/input.tsx'
import { PageLinks } from '../../ui/page-links.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { ListWithPanel } from '../../ui/side-panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { NewVariablePanel, VariablePanel } from './variable-panel.tsx'
import { VariableTable, variableRowId } from './variable-table.tsx'
import type { VariablesSearch } from './variables-search.ts'

interface VariablesPageProps {
  readonly workspace: string
  readonly search: VariablesSearch
}

/** What scripts read by name; the chosen one beside it. */
export function VariablesPage({ workspace, search }: VariablesPageProps) {
  const navigate = useNavigate()
  const searchBox = useRef<HTMLInputElement>(null)
  const { variable, new: isNew, ...filters } = search
  const { q, label, page = 1 } = filters
  const { data, error } = useQuery(variablesQuery(workspace, { text: q, label, page }))
  const isNarrowed = q !== undefined || label !== undefined
  const isEmpty = data?.length === 0 && !isNarrowed && page === 1
  const isPaged = page > 1 || (data?.length ?? 0) >= VARIABLES_PER_PAGE
  const go = (next: VariablesSearch, replace = false) =>
    void navigate({ to: links.variables, params: { workspace }, search: next, replace })

  function close() {
    go(filters)
    const row = variable === undefined ? undefined : document.getElementById(variableRowId(variable))
    requestAnimationFrame(() => row?.querySelector('a')?.focus())
  }

  useActions([
    {
      id: 'variables.search',
      title: 'Search variables',
      icon: <Search size={14} />,
      shortcut: '/',
      perform: () => searchBox.current?.focus(),
    },
    {
      id: 'variables.new',
      title: 'New variable',
      icon: <Plus size={14} />,
      shortcut: 'c',
      perform: () => go({ ...filters, new: true }),
    },
  ])

  const panel = { workspace, onClose: close, onOpen: (path: string) => go({ ...filters, variable: path }, true) }
  return (
    <ListWithPanel
      onClose={close}
      panel={
        (isNew && <NewVariablePanel {...panel} />) ||
        (variable !== undefined && <VariablePanel key={variable} path={variable} {...panel} />)
      }
    >
      <header className="flex items-center gap-3">
        <h1 className="flex-1 text-xl font-semibold">
          Variables{' '}
          {data && data.length > 0 && !isPaged && (
            <span className="ml-1 text-base font-normal text-muted tabular-nums">{formatCount(data.length)}</span>
          )}
        </h1>
        <Link
          to={links.variables}
          params={{ workspace }}
          search={{ ...filters, new: true }}
          className={buttonClass('primary')}
        >
          <Plus size={14} aria-hidden /> New variable
        </Link>
      </header>
      {!isEmpty && (
        <div className="flex flex-wrap items-center gap-2">
          <Input
            ref={searchBox}
            type="search"
            aria-label="Search variables"
            placeholder="Search by path, value or description"
            value={q ?? ''}
            onChange={({ target }) =>
              go({ ...(label !== undefined && { label }), ...(target.value !== '' && { q: target.value }) }, true)
            }
            className="h-7! max-w-xs text-sm!"
          />
          {label !== undefined && (
            <FilterChip name="label" onRemove={() => go({ ...(q !== undefined && { q }) })}>
              <span className="text-muted">Label</span> {label}
            </FilterChip>
          )}
        </div>
      )}
      {error && <ProblemNote title="The variables cannot be shown." {...describeError(error)} />}
      {!data && !error && <Skeleton rows={8} />}
      {isEmpty && <NoVariables workspace={workspace} />}
      {data?.length === 0 && isNarrowed && <p className="py-6 text-muted">No variable matches.</p>}
      {data?.length === 0 && page > 1 && <p className="py-6 text-muted">There are no more variables.</p>}
      {data && data.length > 0 && (
        <VariableTable
          workspace={workspace}
          variables={data}
          search={search}
          onOpen={(path) => go({ ...filters, variable: path })}
          onLabel={(chosen) => go({ label: chosen })}
        />
      )}
      {isPaged && (
        <PageLinks
          page={page}
          isLast={(data?.length ?? 0) < VARIABLES_PER_PAGE}
          onPage={(next) => {
            const { page: _page, ...kept } = filters
            go(next === 1 ? kept : { ...kept, page: next })
          }}
        />
      )}
    </ListWithPanel>
  )
}

function NoVariables({ workspace }: { readonly workspace: string }) {
  return (
    <EmptyNote title="There are no variables yet">
      <p>
        A variable keeps a text for scripts: a setting, a key, a password. A secret one is encrypted. A run gets its
        value where an argument is <code className="font-mono text-[13px]">$var:u/ada/key</code>, and a script reads it
        by its path.
      </p>
      <Link
        to={links.variables}
        params={{ workspace }}
        search={{ new: true }}
        className={classNames(buttonClass('plain'), 'mt-4')}
      >
        <Plus size={14} aria-hidden /> New variable
      </Link>
    </EmptyNote>
  )
}
