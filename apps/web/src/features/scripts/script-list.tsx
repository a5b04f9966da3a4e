import type { ScriptItem } from '@millrace/contracts'
import { Link, useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef, useState } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { useLanguage } from '../../data/instance.ts'
import { readLockState } from '../../data/lock-state.ts'
import { links } from '../../links.ts'
import { classNames } from '../../ui/class-names.ts'
import { LanguageMark } from '../../ui/language-mark.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

const ROW_PX = 52

interface ScriptListProps {
  readonly workspace: string
  readonly scripts: readonly ScriptItem[]
}

/** Scripts in rows, only those in view drawn; j and k move, Enter opens. */
export function ScriptList({ workspace, scripts }: ScriptListProps) {
  const navigate = useNavigate()
  const scroller = useRef<HTMLDivElement>(null)
  const [chosenPath, setChosenPath] = useState<string | undefined>()
  const chosen = scripts.findIndex((script) => script.path === chosenPath)
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes our components
  const rows = useVirtualizer({
    count: scripts.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  })

  function move(step: number) {
    const index = Math.max(0, Math.min(scripts.length - 1, chosen + step))
    setChosenPath(scripts[index]?.path)
    rows.scrollToIndex(index)
  }

  useActions([
    { id: 'scripts.next', title: 'Next script', shortcut: 'j', isHidden: true, perform: () => move(1) },
    { id: 'scripts.previous', title: 'Previous script', shortcut: 'k', isHidden: true, perform: () => move(-1) },
    ...(chosen < 0 || chosenPath === undefined
      ? []
      : [
          {
            id: 'scripts.open',
            title: 'Open the chosen script',
            shortcut: 'enter',
            isHidden: true,
            perform: () => void navigate({ to: links.script, params: { workspace, _splat: chosenPath } }),
          },
        ]),
  ])

  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto">
      <ul aria-label="Scripts" className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const script = scripts[row.index]
          if (!script) return null
          return (
            <li
              key={script.path}
              className="absolute inset-x-0 top-0"
              style={{ height: ROW_PX, transform: `translateY(${row.start}px)` }}
            >
              <Row workspace={workspace} script={script} isChosen={row.index === chosen} />
            </li>
          )
        })}
      </ul>
    </div>
  )
}

interface RowProps {
  readonly workspace: string
  readonly script: ScriptItem
  readonly isChosen: boolean
}

function Row({ workspace, script, isChosen }: RowProps) {
  const language = useLanguage(script.language)
  const lock = readLockState(script)
  return (
    <Link
      to={links.script}
      params={{ workspace, _splat: script.path }}
      className={classNames(
        'flex h-full items-center gap-3 border-b border-line px-1 hover:bg-hover focus-visible:-outline-offset-2',
        isChosen && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
      )}
    >
      {language && <LanguageMark label={language.label} icon={language.icon} />}
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium" title={script.summary || script.path}>
          {script.summary || script.path}
        </span>
        {script.summary && <span className="block truncate font-mono text-xs text-muted">{script.path}</span>}
      </span>
      {lock && (
        <span
          className={classNames('text-xs', lock.word === 'locking' ? 'text-waiting' : 'text-failed')}
          title={lock.title}
        >
          {lock.word}
        </span>
      )}
      {script.archived && <span className="text-xs text-waiting">archived</span>}
      <span className="hidden w-32 truncate text-right text-sm text-muted sm:block">{script.created_by}</span>
      <span className="w-20 text-right text-sm text-muted">
        <TimeAgo at={script.created_at} />
      </span>
    </Link>
  )
}
