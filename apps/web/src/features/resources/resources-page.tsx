import { Link, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useActions } from '../../actions/action-registry.tsx'
import { useIsOperator } from '../../data/member.ts'
import { links } from '../../links.ts'
import { buttonClass } from '../../ui/button.tsx'
import { ListWithPanel } from '../../ui/side-panel.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { ResourceList } from './resource-list.tsx'
import { NewResourcePanel, ResourcePanel } from './resource-panel.tsx'
import { resourceRowId } from './resource-table.tsx'
import type { ResourcesSearch } from './resources-search.ts'
import { TypeList, typeRowId } from './type-list.tsx'
import { NewTypePanel, TypePanel } from './type-panel.tsx'

interface ResourcesPageProps {
  readonly workspace: string
  readonly search: ResourcesSearch
}

/** How things are reached, and of which types; the chosen one beside it. */
export function ResourcesPage({ workspace, search }: ResourcesPageProps) {
  const navigate = useNavigate()
  const isOperator = useIsOperator(workspace)
  const { open, new: isNew, ...filters } = search
  const isTypes = search.tab === 'types'
  const mayMake = !isTypes || !isOperator
  const go = (next: ResourcesSearch, replace = false) =>
    void navigate({ to: links.resources, params: { workspace }, search: next, replace })
  const title = isTypes ? 'New type' : 'New resource'

  function close() {
    const row = open === undefined ? undefined : document.getElementById((isTypes ? typeRowId : resourceRowId)(open))
    go(filters)
    requestAnimationFrame(() => row?.querySelector('a')?.focus())
  }

  useActions(
    mayMake
      ? [
          {
            id: 'resources.new',
            title,
            icon: <Plus size={14} />,
            shortcut: 'c',
            perform: () => go({ ...filters, new: true }),
          },
        ]
      : [],
  )

  const panel = { workspace, onClose: close, onOpen: (id: string) => go({ ...filters, open: id }, true) }
  const opened =
    open !== undefined &&
    (isTypes ? <TypePanel key={open} name={open} {...panel} /> : <ResourcePanel key={open} path={open} {...panel} />)
  const making =
    isNew &&
    mayMake &&
    (isTypes ? (
      <NewTypePanel {...panel} />
    ) : (
      <NewResourcePanel key={search.type} {...panel} {...(search.type !== undefined && { type: search.type })} />
    ))
  return (
    <ListWithPanel onClose={close} panel={making || opened}>
      <header className="flex items-center gap-3">
        <h1 className="flex-1 text-xl font-semibold">Resources</h1>
        {mayMake ? (
          <Link
            to={links.resources}
            params={{ workspace }}
            search={{ ...filters, new: true }}
            className={buttonClass('primary')}
          >
            <Plus size={14} aria-hidden /> {title}
          </Link>
        ) : (
          <p className="text-sm text-muted">Types are made by developers.</p>
        )}
      </header>
      <Tabs
        label="Resources"
        value={isTypes ? 'types' : 'resources'}
        onChange={(tab) => go(tab === 'types' ? { tab } : {})}
        tabs={[
          { id: 'resources', title: 'Resources' },
          { id: 'types', title: 'Types' },
        ]}
      >
        {isTypes ? (
          <TypeList workspace={workspace} search={search} onSearch={go} />
        ) : (
          <ResourceList workspace={workspace} search={search} onSearch={go} />
        )}
      </Tabs>
    </ListWithPanel>
  )
}
