import type { Job } from '@millrace/contracts'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { links } from '../../links.ts'
import { Checkbox } from '../../ui/checkbox.tsx'
import { useNow } from '../../ui/time-ago.tsx'
import { RunRow } from './run-row.tsx'
import { toggleRow, toggleShown, type Selection } from './selection.ts'

interface RunsTableProps {
  readonly workspace: string
  readonly jobs: readonly Job[]
  /** Given where runs can be selected. */
  readonly selection?: Selection
  readonly onSelection?: (selection: Selection) => void
}

/** Runs in rows; j and k move, x selects, Enter opens. */
export function RunsTable({ workspace, jobs, selection, onSelection }: RunsTableProps) {
  const [chosenId, setChosenId] = useState<string | undefined>()
  const nowMs = useNow(
    1_000,
    jobs.some((job) => job.type === 'QueuedJob'),
  )
  const shown = jobs.map((job) => job.id)
  const select =
    selection && onSelection
      ? (id: string, isRange: boolean) => onSelection(toggleRow(selection, shown, { id, isRange }))
      : undefined
  useRowKeys({ workspace, shown, chosenId, onChoose: setChosenId, select })

  return (
    <table className="w-full table-fixed border-collapse text-sm">
      <thead className="text-left text-xs text-muted">
        <tr className="border-b border-line">
          {selection && onSelection && (
            <th scope="col" className="w-8">
              <SelectShown selection={selection} shown={shown} onSelection={onSelection} />
            </th>
          )}
          <th scope="col" className="h-8 w-24 pl-1 font-normal sm:w-28">
            State
          </th>
          <th scope="col" className="font-normal">
            Run
          </th>
          <th scope="col" className="hidden w-20 text-right font-normal sm:table-cell">
            Duration
          </th>
          <th scope="col" className="hidden w-28 pl-4 font-normal sm:table-cell">
            By
          </th>
          <th scope="col" className="hidden w-24 font-normal md:table-cell">
            Tag
          </th>
          <th scope="col" className="w-20 pr-1 text-right font-normal">
            Created
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <RunRow
            key={job.id}
            workspace={workspace}
            job={job}
            nowMs={nowMs}
            isChosen={job.id === chosenId}
            isSelected={selection?.ids.has(job.id) ?? false}
            onSelect={
              select &&
              ((isRange) => {
                setChosenId(job.id)
                select(job.id, isRange)
              })
            }
          />
        ))}
      </tbody>
    </table>
  )
}

interface SelectShownProps {
  readonly selection: Selection
  readonly shown: readonly string[]
  readonly onSelection: (selection: Selection) => void
}

function SelectShown({ selection, shown, onSelection }: SelectShownProps) {
  const selected = shown.filter((id) => selection.ids.has(id)).length
  const isAll = selected === shown.length
  return (
    <Checkbox
      label="Select all runs of this page"
      isChecked={isAll}
      isMixed={selected > 0 && !isAll}
      onChange={(isChecked) => onSelection(toggleShown(selection, shown, isChecked))}
    />
  )
}

interface RowKeys {
  readonly workspace: string
  readonly shown: readonly string[]
  readonly chosenId: string | undefined
  readonly onChoose: (id: string) => void
  readonly select: ((id: string, isRange: boolean) => void) | undefined
}

function useRowKeys({ workspace, shown, chosenId, onChoose, select }: RowKeys): void {
  const navigate = useNavigate()

  function move(step: number) {
    const at = shown.indexOf(chosenId ?? '')
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + step))]
    if (next === undefined) return
    onChoose(next)
    document.getElementById(`run-${next}`)?.scrollIntoView({ block: 'nearest' })
  }

  const isHidden = true
  const open = (id: string) => void navigate({ to: links.run, params: { workspace, id } })
  useActions([
    { id: 'runs.next', title: 'Next run', shortcut: 'j', isHidden, perform: () => move(1) },
    { id: 'runs.previous', title: 'Previous run', shortcut: 'k', isHidden, perform: () => move(-1) },
    ...(chosenId === undefined
      ? []
      : [
          {
            id: 'runs.open',
            title: 'Open the chosen run',
            shortcut: 'enter',
            isHidden,
            perform: () => open(chosenId),
          },
        ]),
    ...(chosenId === undefined || !select
      ? []
      : [
          {
            id: 'runs.select',
            title: 'Select the chosen run',
            shortcut: 'x',
            isHidden,
            perform: () => select(chosenId, false),
          },
          {
            id: 'runs.select-to',
            title: 'Select up to the chosen run',
            shortcut: 'shift+x',
            isHidden,
            perform: () => select(chosenId, true),
          },
        ]),
  ])
}
