import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { describeError } from '../../data/client.ts'
import { useIsOperator } from '../../data/member.ts'
import { volumesQuery } from '../../data/volumes.ts'
import { links } from '../../links.ts'
import { buttonClass } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { EmptyNote } from '../../ui/empty-note.tsx'
import { formatCount, formatSize } from '../../ui/format-quantity.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { VolumeTable } from './volume-table.tsx'

/** A script that has one, whole. */
const EXAMPLE = '# volume: cache /volumes/cache\ndate >>/volumes/cache/runs\nwc -l </volumes/cache/runs\n'

/** What scripts keep between their runs: how much of it, and who had it last. */
export function VolumesPage({ workspace }: { readonly workspace: string }) {
  const { data, error } = useQuery(volumesQuery(workspace))
  const isOperator = useIsOperator(workspace)
  const bytes = data?.reduce((sum, volume) => sum + volume.size_bytes, 0) ?? 0
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-4 px-4 py-6 sm:px-6">
      <header>
        <h1 className="text-xl font-semibold">
          Volumes{' '}
          {data && data.length > 0 && (
            <span className="ml-1 text-base font-normal text-muted tabular-nums">
              {formatCount(data.length)} · {formatSize(bytes)}
            </span>
          )}
        </h1>
      </header>
      {error && <ProblemNote title="The volumes cannot be shown." {...describeError(error)} />}
      {!data && !error && <Skeleton rows={6} />}
      {data?.length === 0 && <NoVolumes workspace={workspace} mayWrite={!isOperator} />}
      {data && data.length > 0 && <VolumeTable workspace={workspace} volumes={data} mayDelete={!isOperator} />}
    </div>
  )
}

function NoVolumes({ workspace, mayWrite }: { readonly workspace: string; readonly mayWrite: boolean }) {
  return (
    <EmptyNote title="There are no volumes yet">
      <p>
        A volume is a folder of a worker that stays when a run is over: for what was downloaded, a cache, a small
        database. A script gets one by the line it begins with, such as this one in Bash, which counts its runs:
      </p>
      <div className="mt-3 flex items-start gap-2 rounded-md border border-line bg-panel p-3 text-text">
        <pre className="min-w-0 flex-1 overflow-x-auto font-mono text-[13px]">{EXAMPLE.trimEnd()}</pre>
        <CopyButton text={EXAMPLE} label="Copy the script" />
      </div>
      {mayWrite && (
        <Link to={links.newScript} params={{ workspace }} className={classNames(buttonClass('plain'), 'mt-4')}>
          <Plus size={14} aria-hidden /> New script
        </Link>
      )}
    </EmptyNote>
  )
}
