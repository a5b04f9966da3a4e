import type { Variable } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { LockKeyhole } from 'lucide-react'
import { useRowKeys } from '../../actions/use-row-keys.ts'
import { links } from '../../links.ts'
import { classNames } from '../../ui/class-names.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'
import type { VariablesSearch } from './variables-search.ts'

interface VariableTableProps {
  readonly workspace: string
  readonly variables: readonly Variable[]
  readonly search: VariablesSearch
  readonly onOpen: (path: string) => void
  readonly onLabel: (label: string) => void
}

export function variableRowId(path: string): string {
  return `variable-${path}`
}

/** Variables in rows; j and k move, Enter opens. */
export function VariableTable({ workspace, variables, search, onOpen, onLabel }: VariableTableProps) {
  const ids = variables.map(({ path }) => path)
  const chosen = useRowKeys({ noun: 'variable', ids, elementId: variableRowId, onOpen })
  const isPanelOpen = search.variable !== undefined || search.new === true
  const further = classNames('hidden', isPanelOpen ? '2xl:table-cell' : 'lg:table-cell')
  return (
    <table className="w-full table-fixed border-collapse text-sm">
      <thead className="text-left text-xs text-muted">
        <tr className="border-b border-line">
          <th scope="col" className="h-8 pl-1 font-normal">
            Path
          </th>
          <th scope="col" className="hidden w-1/4 font-normal sm:table-cell">
            Value
          </th>
          <th scope="col" className={classNames(further, 'w-1/3 font-normal')}>
            Description
          </th>
          <th scope="col" className="w-20 pr-1 text-right font-normal">
            Edited
          </th>
        </tr>
      </thead>
      <tbody>
        {variables.map((variable) => {
          const { path } = variable
          const isAt = path === chosen || path === search.variable
          return (
            <tr
              key={path}
              id={variableRowId(path)}
              aria-selected={isAt}
              className={classNames(
                'group border-b border-line hover:bg-hover',
                isAt && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
              )}
            >
              <td className="min-w-0">
                <Link
                  to={links.variables}
                  params={{ workspace }}
                  search={{ ...withoutNew(search), variable: path }}
                  title={path}
                  className="flex h-9 min-w-0 items-center pr-3 pl-1"
                >
                  <span className="truncate font-mono text-[13px] group-hover:underline">{path}</span>
                </Link>
                <div className="-mt-1 truncate pr-3 pb-2 pl-1 sm:hidden">
                  <Value variable={variable} />
                </div>
              </td>
              <td className="hidden truncate pr-3 sm:table-cell">
                <Value variable={variable} />
              </td>
              <td className={classNames(further, 'pr-3')}>
                <div className="flex min-w-0 items-center gap-2">
                  <span className="min-w-0 truncate text-muted" title={variable.description}>
                    {variable.description}
                  </span>
                  {variable.labels?.map((label) => (
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
                <TimeAgo at={variable.edited_at} />
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Value({ variable }: { readonly variable: Variable }) {
  if (variable.is_secret)
    return (
      <span className="inline-flex items-center gap-1.5 align-middle text-muted">
        <LockKeyhole size={12} aria-hidden /> secret
      </span>
    )
  return (
    <span className="font-mono text-[13px]" title={variable.value}>
      {variable.value === '' ? <span className="font-sans text-muted">empty</span> : variable.value}
    </span>
  )
}

function withoutNew({ new: _new, ...search }: VariablesSearch): VariablesSearch {
  return search
}
