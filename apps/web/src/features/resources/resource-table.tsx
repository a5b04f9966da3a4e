import type { ResourceType, WorkspaceResource } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { useRowKeys } from '../../actions/use-row-keys.ts'
import { typeLabel } from '../../data/resource-types.ts'
import { links } from '../../links.ts'
import { classNames } from '../../ui/class-names.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'
import type { ResourcesSearch } from './resources-search.ts'

interface ResourceTableProps {
  readonly workspace: string
  readonly resources: readonly WorkspaceResource[]
  readonly types: readonly ResourceType[] | undefined
  readonly search: ResourcesSearch
  readonly onOpen: (path: string) => void
  readonly onLabel: (label: string) => void
}

export function resourceRowId(path: string): string {
  return `resource-${path}`
}

/** Resources in rows; j and k move, Enter opens. */
export function ResourceTable({ workspace, resources, types, search, onOpen, onLabel }: ResourceTableProps) {
  const ids = resources.map(({ path }) => path)
  const chosen = useRowKeys({ noun: 'resource', ids, elementId: resourceRowId, onOpen })
  const isPanelOpen = search.open !== undefined || search.new === true
  const further = classNames('hidden', isPanelOpen ? '2xl:table-cell' : 'lg:table-cell')
  const { new: _new, ...kept } = search
  return (
    <table className="w-full table-fixed border-collapse text-sm">
      <thead className="text-left text-xs text-muted">
        <tr className="border-b border-line">
          <th scope="col" className="h-8 pl-1 font-normal">
            Path
          </th>
          <th scope="col" className="w-28 font-normal sm:w-40">
            Type
          </th>
          <th scope="col" className={classNames(further, 'w-2/5 font-normal')}>
            Description
          </th>
          <th scope="col" className="w-20 pr-1 text-right font-normal">
            Edited
          </th>
        </tr>
      </thead>
      <tbody>
        {resources.map(({ path, resource_type: type, description, labels, edited_at: editedAt }) => {
          const isAt = path === chosen || path === search.open
          return (
            <tr
              key={path}
              id={resourceRowId(path)}
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
                  search={{ ...kept, open: path }}
                  title={path}
                  className="flex h-9 min-w-0 items-center pr-3 pl-1"
                >
                  <span className="truncate font-mono text-[13px] group-hover:underline">{path}</span>
                </Link>
              </td>
              <td className="truncate pr-3" title={type}>
                {typeLabel(types, type)}
              </td>
              <td className={classNames(further, 'pr-3')}>
                <div className="flex min-w-0 items-center gap-2">
                  <span className="min-w-0 truncate text-muted" title={description}>
                    {description}
                  </span>
                  {labels?.map((label) => (
                    <button
                      key={label}
                      type="button"
                      aria-label={`Only with the label ${label}`}
                      onClick={() => onLabel(label)}
                      className="h-5 max-w-32 shrink-0 truncate rounded-md bg-hover px-1.5 text-xs hover:text-accent"
                    >
                      {label}
                    </button>
                  ))}
                </div>
              </td>
              <td className="pr-1 text-right text-muted">
                <TimeAgo at={editedAt} />
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
