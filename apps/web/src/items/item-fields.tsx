import type { ReactNode } from 'react'
import { faultAt, type FieldFaults } from '../data/field-faults.ts'
import { ChipInput } from '../ui/chip-input.tsx'
import { classNames } from '../ui/class-names.ts'
import { Field, Input, inputClass } from '../ui/input.tsx'

/** What every item has beside its value. */
export interface ItemFacts {
  readonly path: string
  readonly description: string
  readonly labels: readonly string[]
}

interface ItemFieldProps {
  /** The form that the fields are part of. */
  readonly formId: string
  readonly facts: ItemFacts
  readonly faults: FieldFaults
  readonly onChange: (part: Partial<ItemFacts>) => void
}

interface PathFieldProps extends ItemFieldProps {
  /** Why it may not be written there, before the server says so. */
  readonly whyNot: string | undefined
  readonly hint: ReactNode
  readonly autoFocus: boolean
}

export function PathField({ formId, facts, faults, whyNot, hint, autoFocus, onChange }: PathFieldProps) {
  const fault = faultAt(faults, 'path') ?? whyNot
  const id = `${formId}-path`
  return (
    <Field id={id} label="Path" error={fault} hint={hint}>
      <Input
        id={id}
        form={formId}
        value={facts.path}
        placeholder="u/user/name or f/folder/name"
        autoComplete="off"
        spellCheck={false}
        autoFocus={autoFocus}
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : `${id}-error`}
        onChange={(event) => onChange({ path: event.target.value })}
        className="font-mono text-[13px]!"
      />
    </Field>
  )
}

export function DescriptionField({ formId, facts, faults, onChange }: ItemFieldProps) {
  const fault = faultAt(faults, 'description')
  const id = `${formId}-description`
  return (
    <Field id={id} label="Description" error={fault}>
      <textarea
        id={id}
        form={formId}
        rows={2}
        value={facts.description}
        placeholder="What it is for"
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : `${id}-error`}
        onChange={(event) => onChange({ description: event.target.value })}
        className={classNames(inputClass, 'block max-h-60 min-h-16 resize-y py-2')}
      />
    </Field>
  )
}

export function LabelsField({ formId, facts, faults, onChange }: ItemFieldProps) {
  const fault = faultAt(faults, 'labels')
  const id = `${formId}-labels`
  return (
    <Field id={id} label="Labels" error={fault}>
      <ChipInput
        id={id}
        values={facts.labels}
        placeholder="billing"
        isInvalid={fault !== undefined}
        describedBy={fault === undefined ? undefined : `${id}-error`}
        onChange={(labels) => onChange({ labels })}
      />
    </Field>
  )
}

/** Where a new item of a member begins. */
export function ownPath(username: string | undefined): string {
  return username === undefined ? '' : `u/${username}/`
}

/** Shows the first field of a form that is wrong. */
export function focusFault(formId: string): void {
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLElement>(`[id^="${formId}-"][aria-invalid=true]`)
    field?.scrollIntoView({ block: 'center' })
    field?.focus()
  })
}
