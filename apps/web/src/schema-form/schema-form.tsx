import type { FormSchema } from '@millrace/contracts'
// The package's index brings a validator that evaluates generated code, which our content security policy forbids.
import Form from '@rjsf/core/lib/components/Form.js'
import { useMemo, useState } from 'react'
import { FileInput, SelectInput, SwitchInput } from './choice-inputs.tsx'
import { toFormShape } from './form-shape.ts'
import { formValidator } from './form-validator.ts'
import { argsToSend, type Args } from './initial-args.ts'
import { JsonInput } from './json-input.tsx'
import { ArrayFieldItemTemplate, ArrayFieldTemplate, FieldTemplate, ObjectFieldTemplate } from './templates.tsx'
import { DayInput, InstantInput, NumberInput, ResourceInput, SecretInput, TextInput } from './text-inputs.tsx'
import { UnionInput } from './union-input.tsx'

const widgets = {
  textInput: TextInput,
  secretInput: SecretInput,
  numberInput: NumberInput,
  dayInput: DayInput,
  instantInput: InstantInput,
  resourceInput: ResourceInput,
  selectInput: SelectInput,
  switchInput: SwitchInput,
  fileInput: FileInput,
}
const fields = { jsonInput: JsonInput, unionInput: UnionInput }
const templates = { FieldTemplate, ObjectFieldTemplate, ArrayFieldTemplate, ArrayFieldItemTemplate }

// `initialArgs` gives the defaults; the library adds none of its own.
const NO_DEFAULTS = {
  emptyObjectFields: 'skipDefaults',
  constAsDefaults: 'never',
  arrayMinItems: { populate: 'never' },
} as const

interface SchemaFormProps {
  /** Names the form for a button's `form` attribute. */
  readonly id: string
  readonly schema: FormSchema
  readonly args: Args
  readonly onChange: (args: Args) => void
  /** Called with valid arguments only. */
  readonly onSubmit: (args: Args) => void
  readonly isDisabled?: boolean
}

/** A form for a JSON Schema. Faults are told when it is sent, and from then on as they are mended. */
export function SchemaForm({ id, schema, args, onChange, onSubmit, isDisabled = false }: SchemaFormProps) {
  const shape = useMemo(() => toFormShape(schema), [schema])
  const [isLive, setLive] = useState(false)
  const isEmpty = Object.keys(shape.schema.properties ?? {}).length === 0
  return (
    <Form
      id={id}
      idPrefix={`${id}-field`}
      schema={shape.schema}
      uiSchema={shape.uiSchema}
      formData={args}
      validator={formValidator}
      widgets={widgets}
      fields={fields}
      templates={templates}
      disabled={isDisabled}
      noHtml5Validate
      showErrorList={false}
      liveValidate={isLive}
      experimental_defaultFormStateBehavior={NO_DEFAULTS}
      onChange={({ formData }) => onChange(asArgs(formData))}
      onSubmit={({ formData }) => onSubmit(argsToSend(schema, asArgs(formData)))}
      onError={() => {
        setLive(true)
        requestAnimationFrame(() => focusFirstFault(id))
      }}
    >
      {isEmpty ? <p className="text-muted">It takes no arguments.</p> : <></>}
    </Form>
  )
}

function asArgs(formData: unknown): Args {
  return typeof formData === 'object' && formData !== null ? { ...formData } : {}
}

function focusFirstFault(id: string): void {
  document.getElementById(id)?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
}
