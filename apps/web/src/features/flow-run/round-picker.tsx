import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { Rounds } from '../../flow-graph/core/run-states.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCount, formatDuration } from '../../ui/format-quantity.ts'

/** Cells of a strip that is still read at a glance. */
const CELLS_MAX = 120

interface RoundPickerProps {
  readonly noun: 'Iteration' | 'Branch'
  readonly rounds: Rounds
  readonly onChoose: (index: number) => void
}

/** Which iteration is looked at: one to the left or right, or one of the strip, where failures stand out. */
export function RoundPicker({ noun, rounds, onChoose }: RoundPickerProps) {
  const { jobs, success, durations, shown, failed } = rounds
  if (jobs.length === 0) return null
  const from = Math.max(0, Math.min(shown - CELLS_MAX / 2, jobs.length - CELLS_MAX))
  const next = success.findIndex((each, index) => each === false && index > shown)
  const firstFailed = success.indexOf(false)
  const duration = durations[shown]
  return (
    <div role="group" aria-label={`${noun}s`} className="flex flex-col gap-2 rounded-md bg-panel p-2">
      <div className="flex flex-wrap items-center gap-1 text-sm tabular-nums">
        <IconButton label={`Previous ${noun.toLowerCase()}`} disabled={shown === 0} onClick={() => onChoose(shown - 1)}>
          <ChevronLeft size={14} aria-hidden />
        </IconButton>
        <span>
          {noun} <span className="font-medium">{formatCount(shown + 1)}</span> of {countText(rounds)}
        </span>
        <IconButton
          label={`Next ${noun.toLowerCase()}`}
          disabled={shown >= jobs.length - 1}
          onClick={() => onChoose(shown + 1)}
        >
          <ChevronRight size={14} aria-hidden />
        </IconButton>
        {duration !== null && duration !== undefined && <span className="text-muted">{formatDuration(duration)}</span>}
        {failed > 0 && (
          <Button
            look="quiet"
            className="ml-auto text-failed!"
            onClick={() => onChoose(next >= 0 ? next : firstFailed)}
          >
            {formatCount(failed)} failed
          </Button>
        )}
      </div>
      <div className="flex flex-wrap gap-0.5">
        {jobs.slice(from, from + CELLS_MAX).map((job, offset) => {
          const index = from + offset
          return (
            <button
              key={job}
              type="button"
              aria-label={`${noun} ${index + 1}, ${wordOf(success[index])}`}
              aria-pressed={index === shown}
              title={`${noun} ${index + 1}, ${wordOf(success[index])}`}
              onClick={() => onChoose(index)}
              className={classNames(
                'size-3.5 rounded-sm',
                colorOf(success[index]),
                index === shown && 'outline-2 outline-offset-1 outline-accent',
              )}
            />
          )
        })}
      </div>
    </div>
  )
}

function countText({ all, jobs }: Rounds): string {
  return all === undefined ? `${formatCount(jobs.length)} so far` : formatCount(all)
}

function wordOf(success: boolean | null | undefined): string {
  if (success === true) return 'done'
  return success === false ? 'failed' : 'running'
}

function colorOf(success: boolean | null | undefined): string {
  if (success === true) return 'bg-done'
  return success === false ? 'bg-failed' : 'bg-running animate-pulse'
}
