import type { FlowItem } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Plus, Search } from 'lucide-react'
import { useRef } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import { flowsQuery } from '../../data/flows.ts'
import { useIsOperator } from '../../data/member.ts'
import { links } from '../../links.ts'
import { buttonClass } from '../../ui/button.tsx'
import { EmptyNote } from '../../ui/empty-note.tsx'
import { Input } from '../../ui/input.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Switch } from '../../ui/switch.tsx'
import { FlowList } from './flow-list.tsx'
import type { FlowsSearch } from './flows-search.ts'

interface FlowsPageProps {
  readonly workspace: string
  readonly search: FlowsSearch
  readonly onSearch: (search: FlowsSearch) => void
}

/** All flows of a workspace. */
export function FlowsPage({ workspace, search, onSearch }: FlowsPageProps) {
  const searchBox = useRef<HTMLInputElement>(null)
  const isOperator = useIsOperator(workspace)
  const { data, error, isPending } = useQuery(flowsQuery(workspace, { isArchivedShown: search.archived === true }))
  const flows = filterFlows(data ?? [], search.q ?? '')
  const isEmpty = data?.length === 0 && search.archived !== true
  usePageActions(workspace, isOperator, () => searchBox.current?.focus())

  return (
    <div className="mx-auto flex h-full w-full max-w-5xl flex-col px-4 pt-6 sm:px-6">
      <header className="mb-4 flex items-center gap-3">
        <h1 className="flex-1 text-xl font-semibold">
          Flows{' '}
          {data && data.length > 0 && (
            <span className="ml-1 text-base font-normal text-muted tabular-nums">{flows.length}</span>
          )}
        </h1>
        {!isOperator && (
          <Link to={links.newFlow} params={{ workspace }} className={buttonClass('primary')}>
            <Plus size={14} aria-hidden /> New flow
          </Link>
        )}
      </header>
      {!isEmpty && (
        <div className="mb-2 flex flex-wrap items-center gap-2">
          <Input
            ref={searchBox}
            type="search"
            aria-label="Search flows"
            placeholder="Search by summary or path"
            value={search.q ?? ''}
            onChange={(event) => onSearch({ ...search, q: event.target.value })}
            className="h-7! max-w-xs text-sm!"
          />
          <label className="ml-auto flex items-center gap-2 text-sm text-muted">
            <Switch
              label="Show archived"
              isOn={search.archived === true}
              onChange={(archived) => onSearch({ ...search, archived })}
            />
            <span aria-hidden>Archived</span>
          </label>
        </div>
      )}
      {error && <ProblemNote title="The flows cannot be shown." {...describeError(error)} />}
      {isPending && <Skeleton rows={8} />}
      {isEmpty && <FirstFlow workspace={workspace} isOperator={isOperator} />}
      {data && data.length > 0 && flows.length === 0 && (
        <p className="py-8 text-muted">No flow matches these filters.</p>
      )}
      {flows.length > 0 && <FlowList workspace={workspace} flows={flows} />}
    </div>
  )
}

function FirstFlow({ workspace, isOperator }: { readonly workspace: string; readonly isOperator: boolean }) {
  if (isOperator) return <EmptyNote title="There are no flows yet">Developers of {workspace} write them.</EmptyNote>
  return (
    <EmptyNote title="There are no flows yet">
      <p>A flow runs steps one after another, in loops and in branches, and goes on where it was after any crash.</p>
      <Link to={links.newFlow} params={{ workspace }} className={`${buttonClass('plain', 'form')} mt-4`}>
        Begin with two steps that run as they stand
      </Link>
    </EmptyNote>
  )
}

function usePageActions(workspace: string, isOperator: boolean, focusSearch: () => void): void {
  const navigate = useNavigate()
  useActions([
    { id: 'flows.search', title: 'Search flows', icon: <Search size={14} />, shortcut: '/', perform: focusSearch },
    ...(isOperator
      ? []
      : [
          {
            id: 'flows.new',
            title: 'New flow',
            icon: <Plus size={14} />,
            shortcut: 'c',
            perform: () => void navigate({ to: links.newFlow, params: { workspace } }),
          },
        ]),
  ])
}

/** Flows whose summary or path holds every word of the text. */
function filterFlows(flows: readonly FlowItem[], text: string): readonly FlowItem[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return flows.filter(({ path, summary }) => {
    const haystack = `${path} ${summary}`.toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}
