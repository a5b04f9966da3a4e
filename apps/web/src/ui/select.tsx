import { Select as Base } from '@base-ui/react/select'
import { Check, ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'

export interface SelectOption {
  readonly value: string
  readonly label: string
  readonly mark?: ReactNode
}

interface SelectProps {
  readonly options: readonly SelectOption[]
  readonly value: string | undefined
  readonly onChange: (value: string) => void
  readonly label?: string
  readonly id?: string
  readonly placeholder?: string
  readonly size?: 'dense' | 'form'
  readonly isInvalid?: boolean
  readonly disabled?: boolean
  readonly className?: string
}

/** One of a few. Named by `label`, or by a `<label>` that points at `id`. */
export function Select(props: SelectProps) {
  const { options, value, onChange, size = 'form' } = props
  const chosen = options.find((option) => option.value === value)
  return (
    <Base.Root
      value={value ?? null}
      items={[...options]}
      disabled={props.disabled ?? false}
      onValueChange={(next) => next !== null && onChange(next)}
    >
      <Base.Trigger
        id={props.id}
        aria-label={props.label}
        aria-invalid={props.isInvalid || undefined}
        className={classNames(
          'flex min-w-0 items-center gap-2 rounded-md border border-line bg-raised px-2.5 hover:bg-hover aria-invalid:border-failed',
          size === 'form' ? 'h-9 text-base' : 'h-7 text-sm',
          props.className,
        )}
      >
        {chosen?.mark}
        <span className={classNames('min-w-0 flex-1 truncate text-left', !chosen && 'text-muted')}>
          {chosen?.label ?? props.placeholder ?? 'Choose'}
        </span>
        <ChevronDown size={14} className="shrink-0 text-muted" aria-hidden />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
          <Base.Popup className="max-h-80 min-w-(--anchor-width) overflow-auto rounded-md border border-line bg-raised p-1 shadow-float outline-none">
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                className="flex h-8 cursor-default items-center gap-2 rounded-md px-2 text-sm outline-none data-highlighted:bg-hover"
              >
                {option.mark}
                <Base.ItemText className="flex-1">{option.label}</Base.ItemText>
                <Base.ItemIndicator>
                  <Check size={14} aria-hidden />
                </Base.ItemIndicator>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
