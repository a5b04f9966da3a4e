import type { Job } from '@millrace/contracts'
import { Play, Square, X } from 'lucide-react'
import { useState } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { runsText } from '../../data/waiting-cause.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { formatCount } from '../../ui/format-quantity.ts'
import { BulkReport } from './bulk-report.tsx'
import { useBulkWork } from './use-bulk-work.ts'

interface BulkBarProps {
  readonly workspace: string
  readonly ids: ReadonlySet<string>
  /** The rows of this page, whose states are known. */
  readonly shown: readonly Job[]
  /** Chooses all runs that meet the filters; absent when the page shows all of them. */
  readonly onSelectAll: (() => Promise<void>) | undefined
  readonly onClear: () => void
}

type Confirmed = 'cancel' | 'force' | 'again'
/** More runs than this are not started without a question. */
const UNASKED_MAX = 50

/** What can be done with the chosen runs; afterwards, what was done and what was not. */
export function BulkBar({ workspace, ids, shown, onSelectAll, onClear }: BulkBarProps) {
  const [asked, setAsked] = useState<Confirmed | undefined>()
  const [isOpen, setOpen] = useState(false)
  const work = useBulkWork(workspace, ids, onClear)
  const { mayEnd, mayRepeat } = whatMayBeDone(ids, shown)
  const isEmpty = ids.size === 0
  const ask = (what: Confirmed) => {
    setAsked(what)
    setOpen(true)
  }
  const again = () => (ids.size > UNASKED_MAX ? ask('again') : work.start('again'))

  useActions(
    isEmpty
      ? []
      : [{ id: 'runs.clear', title: 'Clear selection', shortcut: 'escape', isHidden: true, perform: onClear }],
  )

  if (isEmpty && !work.report) return null
  return (
    <div
      role="region"
      aria-label="Selection"
      className="sticky bottom-3 z-10 flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1.5 rounded-md border border-line bg-raised px-3 py-1.5 text-sm shadow-float"
    >
      {work.report && isEmpty && <BulkReport report={work.report} onClose={work.forget} />}
      {!isEmpty && (
        <>
          <Chosen count={ids.size} progress={work.progress} />
          {onSelectAll && !work.isBusy && <SelectAll onSelect={onSelectAll} />}
          <span className="ml-auto flex flex-wrap items-center gap-2">
            {mayRepeat && (
              <Button onClick={again} disabled={work.isBusy}>
                <Play size={14} aria-hidden /> Run again
              </Button>
            )}
            {mayEnd && (
              <>
                <Button look="danger" onClick={() => ask('cancel')} disabled={work.isBusy}>
                  <Square size={12} aria-hidden /> Cancel runs
                </Button>
                <Button look="danger" onClick={() => ask('force')} disabled={work.isBusy}>
                  Force cancel
                </Button>
              </>
            )}
            <IconButton label="Clear selection" onClick={onClear} disabled={work.isBusy}>
              <X size={14} />
            </IconButton>
          </span>
        </>
      )}
      {asked && (
        <ConfirmDialog
          isOpen={isOpen}
          onOpenChange={setOpen}
          title={`${TITLES[asked]} ${runsText(ids.size)}`}
          onConfirm={() => work.start(asked)}
        >
          {SENTENCES[asked]}
        </ConfirmDialog>
      )}
    </div>
  )
}

const TITLES = { cancel: 'Cancel', force: 'Force cancel', again: 'Run again' } as const
const SENTENCES = {
  cancel: 'Those that wait end at once, those that run are told to end, with all runs that they started.',
  force: 'Their end is written at once. What still runs on a worker that does not answer may go on for a while.',
  again: 'Each runs once more with its arguments and the version that ran.',
} as const

/** Of runs on other pages the state is not known, so that everything is offered for them. */
function whatMayBeDone(ids: ReadonlySet<string>, shown: readonly Job[]) {
  const known = shown.filter((job) => ids.has(job.id))
  const isPartly = known.length < ids.size
  return {
    mayEnd: isPartly || known.some((job) => job.type === 'QueuedJob'),
    mayRepeat: isPartly || known.some((job) => job.type === 'CompletedJob'),
  }
}

function Chosen({ count, progress }: { readonly count: number; readonly progress: number | undefined }) {
  return (
    <span role="status" className="font-medium tabular-nums">
      {progress === undefined ? `${formatCount(count)} selected` : `${formatCount(progress)} of ${runsText(count)} …`}
    </span>
  )
}

function SelectAll({ onSelect }: { readonly onSelect: () => Promise<void> }) {
  const [isLoading, setLoading] = useState(false)
  return (
    <button
      type="button"
      disabled={isLoading}
      className="text-accent hover:underline disabled:opacity-50"
      onClick={() => {
        setLoading(true)
        void onSelect().finally(() => setLoading(false))
      }}
    >
      Select all that match
    </button>
  )
}
