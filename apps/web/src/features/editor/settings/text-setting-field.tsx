import type { TextSetting } from '../../../data/script-settings.ts'
import { classNames } from '../../../ui/class-names.ts'
import { formatSpan } from '../../../ui/format-quantity.ts'
import { Input } from '../../../ui/input.tsx'
import { fieldId } from './setting-groups.ts'

interface TextSettingFieldProps {
  readonly field: {
    readonly name: TextSetting
    readonly label: string
    readonly unit?: string
    readonly placeholder?: string
    readonly isWide?: boolean
  }
  readonly value: string
  readonly error: string | undefined
  /** The id of a list of suggestions. */
  readonly list: string | undefined
  readonly onChange: (value: string) => void
}

/** From here on seconds are hard to read. */
const SECONDS_PLAIN_MAX = 120

/** A setting that is typed, its unit behind it and what is wrong with it below. */
export function TextSettingField({ field, value, error, list, onChange }: TextSettingFieldProps) {
  const id = fieldId(field.name)
  const isLong = field.unit === 's' && error === undefined && Number(value) > SECONDS_PLAIN_MAX
  return (
    <div className={classNames('flex min-w-0 flex-col gap-0.5', field.isWide && 'col-span-2')}>
      <label htmlFor={id} className="flex items-baseline gap-2 text-xs text-muted">
        {field.label}
        {isLong && <span className="ml-auto tabular-nums">{formatSpan(Number(value))}</span>}
      </label>
      <div className="relative">
        <Input
          id={id}
          value={value}
          list={list}
          spellCheck={false}
          autoComplete="off"
          inputMode={field.unit === undefined ? 'text' : 'decimal'}
          placeholder={field.placeholder}
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : `${id}-error`}
          onChange={(event) => onChange(event.target.value)}
          className={classNames('h-7! text-sm! tabular-nums', field.unit !== undefined && 'pr-12!')}
        />
        {field.unit !== undefined && (
          <span className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-xs text-muted">
            {field.unit}
          </span>
        )}
      </div>
      {error !== undefined && (
        <p id={`${id}-error`} className="text-xs text-failed">
          {error}
        </p>
      )}
    </div>
  )
}
