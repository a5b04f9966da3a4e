import type { FormSchema } from '@millrace/contracts'
import { useState } from 'react'
import type { Args } from '../data/jobs.ts'
import { parseJsonText } from '../schema-form/json-text.ts'
import { SchemaForm } from '../schema-form/schema-form.tsx'
import { Button } from '../ui/button.tsx'
import { classNames } from '../ui/class-names.ts'
import { Field, inputClass } from '../ui/input.tsx'

interface ResourceValueProps {
  readonly formId: string
  /** Undefined for a type that takes any value. */
  readonly schema: FormSchema | undefined
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  /** Called with a value that is as the type wants it. */
  readonly onSubmit: (value: unknown) => void
}

/** The value of a resource, as the form of its type or as JSON. */
export function ResourceValue({ formId, schema, value, onChange, onSubmit }: ResourceValueProps) {
  const [isJson, setJson] = useState(!isObject(value))
  const mayForm = schema !== undefined && isObject(value)
  return (
    <section aria-label="Value" className="flex flex-col gap-3 border-t border-line pt-4">
      {schema && (
        <div className="flex items-center gap-2">
          <h3 className="flex-1 text-sm font-medium">Value</h3>
          <Button
            look="quiet"
            aria-pressed={isJson}
            disabled={isJson && !mayForm}
            title={isJson && !mayForm ? 'The form takes an object' : undefined}
            onClick={() => setJson(!isJson)}
          >
            {isJson ? 'Edit as form' : 'Edit as JSON'}
          </Button>
        </div>
      )}
      {mayForm && !isJson ? (
        <SchemaForm id={formId} schema={schema} args={asArgs(value)} onChange={onChange} onSubmit={onSubmit} />
      ) : (
        <JsonForm
          formId={formId}
          isLabelHidden={schema !== undefined}
          value={value}
          onChange={onChange}
          onSubmit={onSubmit}
        />
      )}
    </section>
  )
}

interface JsonFormProps {
  readonly formId: string
  readonly isLabelHidden: boolean
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly onSubmit: (value: unknown) => void
}

function JsonForm({ formId, isLabelHidden, value, onChange, onSubmit }: JsonFormProps) {
  const [edit, setEdit] = useState(() => ({ text: textOf(value), value }))
  const text = textOf(edit.value) === textOf(value) ? edit.text : textOf(value)
  const [isLive, setLive] = useState(false)
  const fault = isLive ? jsonFault(text) : undefined
  const id = `${formId}-value`

  /** What is no JSON yet is kept here only. */
  function change(next: string) {
    if (jsonFault(next) !== undefined) return setEdit({ text: next, value })
    const parsed = parseJsonText(next)
    setEdit({ text: next, value: parsed })
    onChange(parsed)
  }

  return (
    <form
      id={formId}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (event.target !== event.currentTarget) return
        setLive(true)
        if (jsonFault(text) === undefined) onSubmit(parseJsonText(text))
        else document.getElementById(id)?.focus()
      }}
    >
      <Field id={id} label="Value as JSON" isLabelHidden={isLabelHidden} error={fault}>
        <textarea
          id={id}
          rows={4}
          value={text}
          spellCheck={false}
          placeholder={'{\n  "host": "db.example.com"\n}'}
          aria-invalid={fault !== undefined}
          aria-describedby={fault === undefined ? undefined : `${id}-error`}
          onBlur={() => setLive(text.trim() !== '')}
          onChange={(event) => change(event.target.value)}
          className={classNames(inputClass, 'block max-h-120 min-h-24 resize-y py-2 font-mono text-[13px]!')}
        />
      </Field>
    </form>
  )
}

/** Why a text is no JSON; undefined for one that is. */
export function jsonFault(text: string): string | undefined {
  if (text.trim() === '') return 'Give a value, as JSON: {"name": "value"}.'
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return `This is no JSON: ${error instanceof Error ? error.message : String(error)}.`
  }
}

function textOf(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asArgs(value: unknown): Args {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
