import { Pencil } from 'lucide-react'
import { useRef, useState, type KeyboardEvent } from 'react'
import { describeError } from '../../data/client.ts'
import { faultAt, fieldFaults } from '../../data/field-faults.ts'
import { useSetQueueWeight } from '../../data/queue.ts'
import { Input } from '../../ui/input.tsx'
import { showToast } from '../../ui/toast.tsx'

interface WeightFieldProps {
  readonly workspace: string
  readonly weight: number
}

/** The weight of a workspace, edited where it stands: Enter sets it, Esc leaves it. */
export function WeightField({ workspace, weight }: WeightFieldProps) {
  const [text, setText] = useState<string | undefined>()
  const opener = useRef<HTMLButtonElement>(null)
  const set = useSetQueueWeight()
  const fault = faultAt(fieldFaults(set.error), 'weight')

  function close() {
    setText(undefined)
    set.reset()
    requestAnimationFrame(() => opener.current?.focus())
  }
  function save(next: number) {
    const undo = () => void set.mutateAsync({ workspace, weight }).catch(fail)
    set.mutateAsync({ workspace, weight: next }).then(
      () => {
        close()
        showToast(`The weight of ${workspace} is ${next}.`, { action: { title: 'Undo', perform: undo } })
      },
      (error: unknown) => fieldFaults(error).size > 0 || fail(error),
    )
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Enter') {
      event.preventDefault()
      // What is no number is sent as null, and refused in the server's words.
      const next = Number(text?.trim().replace(',', '.') || Number.NaN)
      if (next === weight) close()
      else save(next)
    }
    if (event.key === 'Escape') {
      event.preventDefault()
      close()
    }
  }

  if (text === undefined)
    return (
      <button
        ref={opener}
        type="button"
        aria-label={`Weight of ${workspace}: ${weight}. Change it`}
        onClick={() => setText(String(weight))}
        className="group/weight inline-flex h-7 items-center justify-end gap-1.5 rounded-md pl-1.5 font-mono text-[13px] tabular-nums hover:bg-hover"
      >
        <Pencil size={12} className="text-muted" aria-hidden />
        {weight}
      </button>
    )
  return (
    <span className="relative block">
      <Input
        // The user asked for it by pressing the button in its place.
        autoFocus
        inputMode="decimal"
        aria-label={`Weight of ${workspace}, 0.1 to 100`}
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : `weight-${workspace}`}
        value={text}
        disabled={set.isPending}
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          setText(event.target.value)
          set.reset()
        }}
        onBlur={() => set.isPending || fault !== undefined || close()}
        onKeyDown={onKeyDown}
        className="h-7! px-1.5! text-right font-mono text-[13px]! tabular-nums"
      />
      {fault !== undefined && (
        <span
          id={`weight-${workspace}`}
          role="alert"
          className="absolute top-8 right-0 z-10 rounded-md border border-line bg-raised px-2 py-1 text-left text-sm whitespace-nowrap text-failed shadow-float"
        >
          {fault}
        </span>
      )}
    </span>
  )
}

function fail(error: unknown): void {
  showToast('The weight was not set.', { detail: describeError(error).message })
}
