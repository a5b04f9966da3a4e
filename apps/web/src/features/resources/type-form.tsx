import { FormSchema, type ResourceType } from '@millrace/contracts'
import { Save } from 'lucide-react'
import { useId, useState, type ReactNode } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import { faultAt } from '../../data/field-faults.ts'
import type { Args } from '../../data/jobs.ts'
import { useSaveResourceType } from '../../data/resource-types.ts'
import { itemFaults } from '../../items/item-faults.ts'
import { focusFault } from '../../items/item-fields.tsx'
import { jsonFault } from '../../items/resource-value.tsx'
import { useKeptForm } from '../../items/use-kept-form.ts'
import { SchemaForm } from '../../schema-form/schema-form.tsx'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Field, Input, inputClass } from '../../ui/input.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { showToast } from '../../ui/toast.tsx'

interface TypeText {
  readonly name: string
  readonly label: string
  readonly description: string
  /** JSON; empty for any value. */
  readonly schema: string
}

interface TypeFormProps {
  readonly workspace: string
  /** Undefined for one that is yet to be made. */
  readonly type: ResourceType | undefined
  readonly onSaved: (name: string) => void
  readonly isReadOnly?: boolean
  /** Beside the button that saves. */
  readonly actions?: ReactNode
}

const EXAMPLE = {
  type: 'object',
  properties: {
    host: { type: 'string', description: 'Name or address of the server' },
    password: { type: 'string', password: true },
  },
  required: ['host'],
  order: ['host', 'password'],
}

/** One type: its names, and the schema from which the form of its resources is made, as it is typed. */
export function TypeForm({ workspace, type, onSaved, isReadOnly = false, actions }: TypeFormProps) {
  const formId = useId()
  const { form, before, isChanged, change, discard, settle } = useKeptForm(
    `type ${workspace} ${type?.name ?? ''}`,
    textOfType(type),
  )
  const save = useSaveResourceType(workspace)
  const faults = itemFaults(save.error)
  const [isLive, setLive] = useState(false)
  const schemaError = faultAt(faults, 'schema') ?? (isLive ? schemaFault(form.schema) : undefined)

  function write() {
    setLive(true)
    if (save.isPending || schemaFault(form.schema) !== undefined) return focusFault(formId)
    save.mutate(type ? { name: type.name, body: changesOf(form, before) } : { name: undefined, body: made(form) }, {
      onSuccess(name) {
        settle(form)
        showToast(`Saved type ${name}`)
        onSaved(name)
      },
      onError: () => focusFault(formId),
    })
  }

  useActions(
    isReadOnly
      ? []
      : [{ id: 'type.save', title: 'Save type', icon: <Save size={14} />, shortcut: 'mod+s', perform: write }],
  )

  return (
    <div className="flex flex-col gap-4">
      <form
        id={formId}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          write()
        }}
        className="flex flex-col gap-4"
      >
        {save.error && faults.size === 0 && (
          <ProblemNote title="The type was not saved." {...describeError(save.error)} />
        )}
        {!type && (
          <TextField
            id={`${formId}-name`}
            label="Name"
            hint="Parameters ask for it by resource-<name>."
            placeholder="my_service"
            value={form.name}
            fault={faultAt(faults, 'name')}
            onChange={(name) => change({ name })}
          />
        )}
        <TextField
          id={`${formId}-label`}
          label="Shown as"
          placeholder="My service"
          value={form.label}
          isReadOnly={isReadOnly}
          fault={faultAt(faults, 'display_name')}
          onChange={(label) => change({ label })}
        />
        <TextField
          id={`${formId}-description`}
          label="Description"
          value={form.description}
          isReadOnly={isReadOnly}
          fault={faultAt(faults, 'description')}
          onChange={(description) => change({ description })}
        />
        <Field
          id={`${formId}-schema`}
          label="Schema"
          error={schemaError}
          hint="A JSON Schema of the value. password: true hides a text. Empty: any value."
        >
          <textarea
            id={`${formId}-schema`}
            rows={8}
            value={form.schema}
            readOnly={isReadOnly}
            spellCheck={false}
            aria-invalid={schemaError !== undefined}
            aria-describedby={schemaError === undefined ? undefined : `${formId}-schema-error`}
            onBlur={() => setLive(true)}
            onChange={(event) => change({ schema: event.target.value })}
            className={classNames(
              inputClass,
              'block max-h-120 min-h-40 resize-y py-2 font-mono text-[13px]! read-only:bg-panel',
            )}
          />
        </Field>
        {!isReadOnly && (
          <div className="flex flex-wrap items-center gap-2">
            <Button look="primary" type="submit" disabled={save.isPending}>
              {type ? 'Save type' : 'Create type'}
            </Button>
            {type && isChanged && (
              <Button
                look="quiet"
                onClick={() => {
                  discard()
                  save.reset()
                }}
              >
                Discard changes
              </Button>
            )}
            {actions}
          </div>
        )}
      </form>
      <Preview formId={`${formId}-preview`} schema={form.schema} />
    </div>
  )
}

/** The form that comes of a schema, to be tried. */
function Preview({ formId, schema }: { readonly formId: string; readonly schema: string }) {
  const [args, setArgs] = useState<Args>({})
  const parsed =
    schemaFault(schema) === undefined && schema.trim() !== '' ? FormSchema.safeParse(JSON.parse(schema)) : undefined
  if (!parsed?.data?.properties) return null
  return (
    <section aria-label="Preview of the form" className="flex flex-col gap-3 border-t border-line pt-4">
      <h3 className="text-sm font-medium">Preview of the form</h3>
      <SchemaForm id={formId} schema={parsed.data} args={args} onChange={setArgs} onSubmit={setArgs} />
    </section>
  )
}

interface TextFieldProps {
  readonly id: string
  readonly label: string
  readonly hint?: string
  readonly placeholder?: string
  readonly value: string
  readonly isReadOnly?: boolean
  readonly fault: string | undefined
  readonly onChange: (value: string) => void
}

function TextField({ id, label, hint, placeholder, value, isReadOnly, fault, onChange }: TextFieldProps) {
  return (
    <Field id={id} label={label} error={fault} hint={hint}>
      <Input
        id={id}
        value={value}
        placeholder={placeholder}
        readOnly={isReadOnly}
        autoComplete="off"
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : `${id}-error`}
        onChange={(event) => onChange(event.target.value)}
        className="read-only:bg-panel"
      />
    </Field>
  )
}

function textOfType(type: ResourceType | undefined): TypeText {
  const schema = type ? type.schema : EXAMPLE
  return {
    name: type?.name ?? '',
    label: type?.display_name ?? '',
    description: type?.description ?? '',
    schema: schema === undefined ? '' : JSON.stringify(schema, null, 2),
  }
}

/** Why a text is no schema of a form; undefined for one that is, and for none. */
function schemaFault(text: string): string | undefined {
  if (text.trim() === '') return undefined
  const fault = jsonFault(text)
  if (fault !== undefined) return fault
  const { error } = FormSchema.safeParse(JSON.parse(text))
  const [issue] = error?.issues ?? []
  return issue && `${issue.path.join('.') || 'The schema'}: ${issue.message}.`
}

function schemaOf(text: string): unknown {
  return text.trim() === '' ? null : JSON.parse(text)
}

function made({ name, label, description, schema }: TypeText) {
  return { name, display_name: label === '' ? null : label, description, schema: schemaOf(schema) }
}

function changesOf(form: TypeText, before: TypeText) {
  return {
    ...(form.label !== before.label && { display_name: form.label === '' ? null : form.label }),
    ...(form.description !== before.description && { description: form.description }),
    ...(form.schema !== before.schema && { schema: schemaOf(form.schema) }),
  }
}
