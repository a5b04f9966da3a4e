import type {
  ArrayFieldItemTemplateProps,
  ArrayFieldTemplateProps,
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  UiSchema,
} from '@rjsf/utils'
import { Plus, X } from 'lucide-react'
import { Button, IconButton } from '../ui/button.tsx'
import { ReferenceField } from './reference-field.tsx'

function option(uiSchema: UiSchema | undefined, name: string): unknown {
  return uiSchema?.['ui:options']?.[name]
}

/** Name, mark and type above; fault or description below. Lists and groups name themselves. */
export function FieldTemplate(props: FieldTemplateProps) {
  const { id, label, schema, uiSchema, children } = props
  if (props.fieldPathId.path.length === 0 || option(uiSchema, 'isBare') === true) return children
  const isGroup = uiSchema?.['ui:field'] === undefined && (schema.type === 'object' || schema.type === 'array')
  const isItem = option(uiSchema, 'isItem') === true
  return (
    <div className="flex min-w-0 flex-1 flex-col gap-1">
      {!isGroup && (
        <div className={isItem ? 'sr-only' : 'flex items-baseline gap-1.5'}>
          <label htmlFor={id} className="text-sm font-medium break-all">
            {label}
          </label>
          <Marks isRequired={props.required === true} hint={option(uiSchema, 'typeHint')} />
        </div>
      )}
      {uiSchema?.['ui:widget'] === 'resourceInput' ? (
        children
      ) : (
        <ReferenceField
          id={id}
          label={label}
          value={props.formData}
          isText={uiSchema?.['ui:widget'] === 'textInput' || uiSchema?.['ui:field'] === 'jsonInput'}
          disabled={props.disabled}
          onClear={() => props.onChange(undefined, props.fieldPathId.path, undefined, id)}
        >
          {children}
        </ReferenceField>
      )}
      <Faults id={id} errors={props.rawErrors} />
      {!isGroup && props.rawDescription && <p className="text-sm text-muted">{props.rawDescription}</p>}
    </div>
  )
}

function Marks({ isRequired, hint }: { readonly isRequired: boolean; readonly hint: unknown }) {
  return (
    <>
      {isRequired && (
        <span className="text-failed" title="required" aria-hidden>
          *
        </span>
      )}
      {typeof hint === 'string' && (
        <span className="ml-auto shrink-0 text-xs font-normal text-muted" aria-hidden>
          {hint}
        </span>
      )}
    </>
  )
}

function Faults({ id, errors }: { readonly id: string; readonly errors: readonly string[] | undefined }) {
  if (!errors || errors.length === 0) return null
  return (
    <p id={`${id}-error`} role="alert" className="text-sm text-failed">
      {[...new Set(errors)].join(' ')}
    </p>
  )
}

export function ObjectFieldTemplate(props: ObjectFieldTemplateProps) {
  const { fieldPathId, properties, title, uiSchema, schema } = props
  const fields = <div className="flex flex-col gap-4">{properties.map((property) => property.content)}</div>
  if (fieldPathId.path.length === 0 || option(uiSchema, 'isBare') === true) return fields
  return (
    <fieldset className="min-w-0">
      <Legend title={title} isRequired={props.required === true} uiSchema={uiSchema} />
      {schema.description && <p className="mb-2 text-sm text-muted">{schema.description}</p>}
      <div className="border-l border-line pl-4">{fields}</div>
    </fieldset>
  )
}

export function ArrayFieldTemplate(props: ArrayFieldTemplateProps) {
  const { items, title, schema, uiSchema } = props
  return (
    <fieldset className="min-w-0">
      <Legend title={title} isRequired={props.required === true} uiSchema={uiSchema} />
      {schema.description && <p className="mb-1 text-sm text-muted">{schema.description}</p>}
      <div className="flex flex-col items-start gap-2">
        {items}
        {props.canAdd && (
          <Button onClick={props.onAddClick} disabled={props.disabled} aria-label={`Add to ${title}`}>
            <Plus size={14} aria-hidden /> Add
          </Button>
        )}
      </div>
    </fieldset>
  )
}

function Legend({
  title,
  isRequired,
  uiSchema,
}: {
  readonly title: string
  readonly isRequired: boolean
  readonly uiSchema: UiSchema | undefined
}) {
  return (
    <legend className="mb-1 flex w-full items-baseline gap-1.5 text-sm font-medium">
      {title}
      <Marks isRequired={isRequired} hint={option(uiSchema, 'typeHint')} />
    </legend>
  )
}

export function ArrayFieldItemTemplate(props: ArrayFieldItemTemplateProps) {
  const { children, buttonsProps, index } = props
  return (
    <div className="flex w-full items-start gap-1">
      {children}
      <IconButton
        label={`Remove item ${index + 1}`}
        className="mt-1"
        onClick={buttonsProps.onRemoveItem}
        disabled={props.disabled}
      >
        <X size={14} />
      </IconButton>
    </div>
  )
}
