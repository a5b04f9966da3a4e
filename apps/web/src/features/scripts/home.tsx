import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Plus, Search } from 'lucide-react'
import { useRef } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import { languagesQuery } from '../../data/instance.ts'
import { useIsOperator } from '../../data/member.ts'
import { scriptsQuery } from '../../data/scripts.ts'
import { links } from '../../links.ts'
import { buttonClass } from '../../ui/button.tsx'
import { EmptyNote } from '../../ui/empty-note.tsx'
import { Input } from '../../ui/input.tsx'
import { LanguageMark } from '../../ui/language-mark.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Switch } from '../../ui/switch.tsx'
import { FirstScript } from './first-script.tsx'
import type { HomeSearch } from './home-search.ts'
import { filterScripts } from './script-filter.ts'
import { ScriptList } from './script-list.tsx'

interface HomeProps {
  readonly workspace: string
  readonly search: HomeSearch
  readonly onSearch: (search: HomeSearch) => void
}

const ALL = 'all'

/** All scripts of a workspace. */
export function Home({ workspace, search, onSearch }: HomeProps) {
  const navigate = useNavigate()
  const searchBox = useRef<HTMLInputElement>(null)
  const languages = useQuery(languagesQuery).data ?? []
  const isOperator = useIsOperator(workspace)
  const { data, error, isPending } = useQuery(scriptsQuery(workspace, { isArchivedShown: search.archived === true }))
  const scripts = filterScripts(data ?? [], { text: search.q ?? '', language: search.language })
  const isEmpty = data?.length === 0 && search.archived !== true

  useActions([
    {
      id: 'home.search',
      title: 'Search scripts',
      icon: <Search size={14} />,
      shortcut: '/',
      perform: () => searchBox.current?.focus(),
    },
    ...(isOperator
      ? []
      : [
          {
            id: 'home.new',
            title: 'New script',
            icon: <Plus size={14} />,
            shortcut: 'c',
            perform: () => void navigate({ to: links.newScript, params: { workspace } }),
          },
        ]),
  ])

  return (
    <div className="mx-auto flex h-full w-full max-w-5xl flex-col px-4 pt-6 sm:px-6">
      <header className="mb-4 flex items-center gap-3">
        <h1 className="flex-1 text-xl font-semibold">
          Scripts{' '}
          {data && data.length > 0 && (
            <span className="ml-1 text-base font-normal text-muted tabular-nums">{scripts.length}</span>
          )}
        </h1>
        {!isOperator && (
          <Link to={links.newScript} params={{ workspace }} className={buttonClass('primary')}>
            <Plus size={14} aria-hidden /> New script
          </Link>
        )}
      </header>
      {!isEmpty && (
        <div className="mb-2 flex flex-wrap items-center gap-2">
          <Input
            ref={searchBox}
            type="search"
            aria-label="Search scripts"
            placeholder="Search by summary or path"
            value={search.q ?? ''}
            onChange={(event) => onSearch({ ...search, q: event.target.value })}
            className="h-7! max-w-xs text-sm!"
          />
          <Select
            label="Language"
            size="dense"
            value={search.language ?? ALL}
            options={[
              { value: ALL, label: 'All languages' },
              ...languages.map(({ id, label, icon }) => ({
                value: id,
                label,
                mark: <LanguageMark label={label} icon={icon} />,
              })),
            ]}
            onChange={(language) => onSearch({ ...search, language: language === ALL ? '' : language })}
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
      {error && <ProblemNote title="The scripts cannot be shown." {...describeError(error)} />}
      {isPending && <Skeleton rows={8} />}
      {isEmpty && isOperator && (
        <EmptyNote title="There are no scripts yet">Developers of {workspace} write them.</EmptyNote>
      )}
      {isEmpty && !isOperator && <FirstScript workspace={workspace} languages={languages} />}
      {data && data.length > 0 && scripts.length === 0 && (
        <p className="py-8 text-muted">No script matches these filters.</p>
      )}
      {scripts.length > 0 && <ScriptList workspace={workspace} scripts={scripts} />}
    </div>
  )
}
