import type { WidgetProps } from '@rjsf/utils'
import { use, type KeyboardEvent, type ReactNode } from 'react'
import { parseReference } from '../data/reference.ts'
import { classNames } from '../ui/class-names.ts'
import { Input, inputClass } from '../ui/input.tsx'
import { FormReferences } from './form-references.ts'
import { ResourcePicker } from './resource-picker.tsx'
import { VariablePicker } from './variable-picker.tsx'

/** What every control of the form says about itself to those who cannot see it. */
export function ariaProps({ id, required, rawErrors }: Pick<WidgetProps, 'id' | 'required' | 'rawErrors'>) {
  const isInvalid = (rawErrors?.length ?? 0) > 0
  return {
    id,
    'aria-required': required || undefined,
    'aria-invalid': isInvalid || undefined,
    'aria-describedby': isInvalid ? `${id}-error` : undefined,
  }
}

/** One line that grows; Enter sends the form until there are more lines, Shift+Enter begins the second. */
export function TextInput(props: WidgetProps) {
  const value = typeof props.value === 'string' ? props.value : ''
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.shiftKey || value.includes('\n') || event.nativeEvent.isComposing) return
    event.preventDefault()
    event.currentTarget.form?.requestSubmit()
  }
  return (
    <WithVariable {...props} text={value}>
      <textarea
        {...ariaProps(props)}
        rows={1}
        value={value}
        placeholder={props.placeholder}
        disabled={props.disabled}
        spellCheck={false}
        onKeyDown={onKeyDown}
        onChange={(event) => props.onChange(event.target.value === '' ? undefined : event.target.value)}
        className={classNames(
          inputClass,
          'block max-h-80 min-h-9 resize-none py-[7px] pr-9',
          value.length > 200 && 'text-sm',
        )}
      />
    </WithVariable>
  )
}

export function SecretInput(props: WidgetProps) {
  const value = typeof props.value === 'string' ? props.value : ''
  return (
    <WithVariable {...props} text={value} isSecret>
      <Input
        {...ariaProps(props)}
        type="password"
        autoComplete="off"
        value={value}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.target.value === '' ? undefined : event.target.value)}
        className="pr-9"
      />
    </WithVariable>
  )
}

type WithVariableProps = Pick<WidgetProps, 'id' | 'label' | 'onChange'> & {
  readonly disabled?: boolean | undefined
  readonly text: string
  readonly isSecret?: boolean
  readonly children: ReactNode
}

/** A control with the choice of a variable at its end. */
function WithVariable({ id, label, text, isSecret, disabled, onChange, children }: WithVariableProps) {
  return (
    <div className="relative">
      {children}
      {!parseReference(text) && (
        <div className="absolute top-1 right-1">
          <VariablePicker
            id={id}
            label={label}
            value={text}
            isSecret={isSecret === true}
            disabled={disabled === true}
            onPick={onChange}
          />
        </div>
      )}
    </div>
  )
}

export function NumberInput(props: WidgetProps) {
  return (
    <Input
      {...ariaProps(props)}
      type="number"
      step={props.schema.type === 'integer' ? 1 : 'any'}
      value={typeof props.value === 'number' ? props.value : ''}
      placeholder={props.placeholder}
      disabled={props.disabled}
      className="tabular-nums"
      onChange={(event) => props.onChange(event.target.value === '' ? undefined : event.target.valueAsNumber)}
    />
  )
}

export function DayInput(props: WidgetProps) {
  return (
    <Input
      {...ariaProps(props)}
      type="date"
      value={typeof props.value === 'string' ? props.value : ''}
      disabled={props.disabled}
      onChange={(event) => props.onChange(event.target.value === '' ? undefined : event.target.value)}
    />
  )
}

/** Shown in the viewer's zone, kept as ISO-8601 in UTC. */
export function InstantInput(props: WidgetProps) {
  return (
    <Input
      {...ariaProps(props)}
      type="datetime-local"
      step={1}
      value={typeof props.value === 'string' ? toLocalText(props.value) : ''}
      disabled={props.disabled}
      onChange={(event) => props.onChange(event.target.value === '' ? undefined : fromLocalText(event.target.value))}
    />
  )
}

function toLocalText(instant: string): string {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return ''
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

function fromLocalText(text: string): string | undefined {
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

const RESOURCE = '$res:'

/** A reference to a resource: chosen among those of its type, or without a workspace typed; sent as `$res:<path>`. */
export function ResourceInput(props: WidgetProps) {
  const references = use(FormReferences)
  if (!references) return <ResourcePathInput {...props} />
  const type = props.options['resourceType']
  return (
    <ResourcePicker
      references={references}
      id={props.id}
      label={props.label}
      type={typeof type === 'string' ? type : ''}
      value={props.value}
      isRequired={props.required === true}
      isInvalid={(props.rawErrors?.length ?? 0) > 0}
      disabled={props.disabled === true}
      onChange={props.onChange}
    />
  )
}

function ResourcePathInput(props: WidgetProps) {
  const value = typeof props.value === 'string' ? props.value.replace(RESOURCE, '') : ''
  return (
    <div className="flex items-center gap-2">
      <span className="font-mono text-sm text-muted">{RESOURCE}</span>
      <Input
        {...ariaProps(props)}
        value={value}
        placeholder="u/user/name or f/folder/name"
        disabled={props.disabled}
        className="font-mono text-sm"
        onChange={(event) =>
          props.onChange(event.target.value === '' ? undefined : RESOURCE + event.target.value.replace(RESOURCE, ''))
        }
      />
    </div>
  )
}
