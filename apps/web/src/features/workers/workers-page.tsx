import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import { scaleHintQuery } from '../../data/queue.ts'
import { workerGroupsQuery, workersQuery } from '../../data/workers.ts'
import { links } from '../../links.ts'
import { buttonClass } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCount } from '../../ui/format-quantity.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { GroupSection } from './group-section.tsx'
import { groupsWithWorkers } from './groups-with-workers.ts'

interface WorkersPageProps {
  readonly workspace: string
  /** The name of the worker that the address points at. */
  readonly chosen: string | undefined
  readonly isSuperadmin: boolean
  readonly children: ReactNode
}

/** Live workers by group, and how many each group should have. */
export function WorkersPage({ workspace, chosen, isSuperadmin, children }: WorkersPageProps) {
  const navigate = useNavigate()
  const workers = useQuery(workersQuery)
  const groups = useQuery(workerGroupsQuery)
  const hints = useQuery({ ...scaleHintQuery, enabled: isSuperadmin })
  const error = workers.error ?? groups.error
  const views = workers.data && groups.data ? groupsWithWorkers(groups.data, workers.data, hints.data ?? []) : undefined

  useActions(
    isSuperadmin
      ? [
          {
            id: 'workers.new',
            title: 'New worker group',
            icon: <Plus size={14} />,
            shortcut: 'c',
            perform: () => void navigate({ to: links.newWorkerGroup, params: { workspace } }),
          },
        ]
      : [],
  )

  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-6 px-4 py-6 sm:px-6">
      <header className="flex items-center gap-3">
        <h1 className="flex-1 text-xl font-semibold">
          Workers{' '}
          {workers.data && (
            <span className="ml-1 text-base font-normal text-muted tabular-nums">
              {formatCount(workers.data.length)}
            </span>
          )}
        </h1>
        <Link to={links.volumes} params={{ workspace }} className={classNames(buttonClass('plain'), 'md:hidden')}>
          Volumes
        </Link>
        {isSuperadmin && (
          <Link to={links.newWorkerGroup} params={{ workspace }} className={buttonClass('primary')}>
            <Plus size={14} aria-hidden /> New group
          </Link>
        )}
      </header>
      {error && <ProblemNote title="The workers cannot be shown." {...describeError(error)} />}
      {hints.error && <ProblemNote title="How many workers are wanted is not known." {...describeError(hints.error)} />}
      {!views && !error && <Skeleton rows={8} />}
      {chosen !== undefined && workers.data && !workers.data.some(({ worker }) => worker === chosen) && (
        <p className="break-words text-muted">
          The worker <span className="font-mono text-[13px]">{chosen}</span> has not been heard of in the last minutes.
        </p>
      )}
      {views?.map((view) => (
        <GroupSection
          key={view.name}
          workspace={workspace}
          view={view}
          chosen={chosen}
          seenAtMs={workers.dataUpdatedAt}
          isEditable={isSuperadmin}
        />
      ))}
      {children}
    </div>
  )
}
