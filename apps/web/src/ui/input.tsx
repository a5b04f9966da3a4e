import type { ComponentProps, ReactNode } from 'react'
import { classNames } from './class-names.ts'

/** The look of anything that takes text. */
export const inputClass =
  'w-full min-w-0 rounded-md border border-line bg-raised px-2.5 text-base outline-offset-0 aria-invalid:border-failed disabled:opacity-60'

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={classNames(inputClass, 'h-9', className)} {...rest} />
}

interface FieldProps {
  readonly id: string
  readonly label: string
  /** Where something else on the page says it. */
  readonly isLabelHidden?: boolean
  readonly error?: string | undefined
  readonly hint?: ReactNode
  readonly children: ReactNode
}

export function Field({ id, label, isLabelHidden = false, error, hint, children }: FieldProps) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'text-sm font-medium'}>
        {label}
      </label>
      {children}
      {error ? (
        <p id={`${id}-error`} className="text-sm text-failed">
          {error}
        </p>
      ) : (
        hint && <p className="text-sm text-muted">{hint}</p>
      )}
    </div>
  )
}
