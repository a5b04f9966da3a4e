import type { Volume } from '@millrace/contracts'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { useRowKeys } from '../../actions/use-row-keys.ts'
import { links } from '../../links.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCount, formatSize } from '../../ui/format-quantity.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { DeleteVolume } from './delete-volume.tsx'

interface VolumeTableProps {
  readonly workspace: string
  readonly volumes: readonly Volume[]
  readonly mayDelete: boolean
}

const ROWS_FIRST = 100
const FIGURE = 'text-right font-mono text-[13px] tabular-nums'

function volumeRowId(name: string): string {
  return `volume-${name}`
}

/** Volumes in rows, the largest first: they share one limit. j and k move, Enter opens the run that had it last. */
export function VolumeTable({ workspace, volumes, mayDelete }: VolumeTableProps) {
  const navigate = useNavigate()
  const [isOpened, setOpened] = useState(false)
  const sorted = volumes.toSorted((a, b) => b.size_bytes - a.size_bytes || (a.name < b.name ? -1 : 1))
  const shown = isOpened ? sorted : sorted.slice(0, ROWS_FIRST)
  const chosen = useRowKeys({
    noun: 'volume',
    ids: shown.map(({ name }) => name),
    elementId: volumeRowId,
    onOpen(name) {
      const id = volumes.find((volume) => volume.name === name)?.last_used_by
      if (id) void navigate({ to: links.run, params: { workspace, id } })
    },
  })
  return (
    <>
      <table aria-label="Volumes" className="w-full table-fixed border-collapse text-sm">
        <thead className="text-left text-xs text-muted">
          <tr className="border-b border-line">
            <th scope="col" className="h-8 pl-1 font-normal">
              Name
            </th>
            <th scope="col" className="w-20 text-right font-normal">
              Size
            </th>
            <th scope="col" className="hidden w-24 text-right font-normal sm:table-cell">
              Files
            </th>
            <th scope="col" className="w-24 text-right font-normal">
              Last used
            </th>
            <th scope="col" className="hidden w-64 pl-6 font-normal md:table-cell">
              By worker
            </th>
            <th scope="col" className="hidden w-40 font-normal lg:table-cell">
              Made by
            </th>
            {mayDelete && (
              <th scope="col" className="w-10">
                <span className="sr-only">Delete</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((volume) => (
            <Row
              key={volume.name}
              workspace={workspace}
              volume={volume}
              mayDelete={mayDelete}
              isChosen={volume.name === chosen}
            />
          ))}
        </tbody>
      </table>
      {shown.length < sorted.length && (
        <Button look="quiet" className="self-start" onClick={() => setOpened(true)}>
          Show all {formatCount(sorted.length)} volumes
        </Button>
      )}
    </>
  )
}

interface RowProps {
  readonly workspace: string
  readonly volume: Volume
  readonly mayDelete: boolean
  readonly isChosen: boolean
}

function Row({ workspace, volume, mayDelete, isChosen }: RowProps) {
  const { name, last_used_at: usedAt, last_used_by: run } = volume
  return (
    <tr
      id={volumeRowId(name)}
      aria-selected={isChosen}
      className={classNames(
        'border-b border-line hover:bg-hover',
        isChosen && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
      )}
    >
      <td className="h-9 min-w-0 py-1 pr-3 pl-1">
        <span className="block truncate font-mono text-[13px]" title={name}>
          {name}
        </span>
        <span className="block truncate text-xs text-muted md:hidden">
          <span className="sm:hidden">{filesText(volume)}</span>
          {volume.last_used_worker !== null && <span className="sm:hidden"> · </span>}
          {volume.last_used_worker}
        </span>
      </td>
      <td className={FIGURE}>{formatSize(volume.size_bytes)}</td>
      <td className={`hidden sm:table-cell ${FIGURE}`}>{formatCount(volume.file_count)}</td>
      <td className="text-right text-muted">
        {usedAt === null ? (
          'never'
        ) : (
          <LastUse workspace={workspace} run={run}>
            <TimeAgo at={usedAt} />
          </LastUse>
        )}
      </td>
      <td className="hidden pr-3 pl-6 md:table-cell">
        <div className="flex min-w-0 gap-2">
          <Worker workspace={workspace} volume={volume} />
        </div>
      </td>
      <td className="hidden truncate pr-3 text-muted lg:table-cell" title={volume.created_by}>
        {volume.created_by}
      </td>
      {mayDelete && (
        <td className="text-right">
          <DeleteVolume workspace={workspace} volume={volume} />
        </td>
      )}
    </tr>
  )
}

/** The way to the run that had it last. */
function LastUse({
  workspace,
  run,
  children,
}: {
  readonly workspace: string
  readonly run: string | null
  readonly children: ReactNode
}) {
  if (run === null) return children
  return (
    <Link to={links.run} params={{ workspace, id: run }} className="hover:text-accent hover:underline">
      {children}
    </Link>
  )
}

function Worker({ workspace, volume }: { readonly workspace: string; readonly volume: Volume }) {
  const { last_used_worker: worker, places } = volume
  return (
    <>
      {worker !== null && (
        <Link
          to={links.workers}
          params={{ workspace }}
          search={{ worker }}
          title={worker}
          className="min-w-0 truncate font-mono text-[13px] hover:text-accent hover:underline"
        >
          {worker}
        </Link>
      )}
      {worker === null && <span className="text-muted">{places === 0 ? 'none yet' : 'not known any more'}</span>}
      {places > 1 && (
        <span className="shrink-0 text-muted" title={`${formatCount(places)} data folders of workers have files of it`}>
          1 of {formatCount(places)}
        </span>
      )}
    </>
  )
}

function filesText({ file_count: count }: Volume): string {
  return `${formatCount(count)} ${count === 1 ? 'file' : 'files'}`
}
