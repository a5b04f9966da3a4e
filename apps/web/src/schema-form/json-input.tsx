import type { FieldProps } from '@rjsf/utils'
import { useState } from 'react'
import { classNames } from '../ui/class-names.ts'
import { inputClass } from '../ui/input.tsx'
import { parseJsonText, toJsonText, type JsonKind } from './json-text.ts'
import { ariaProps } from './text-inputs.tsx'

/** Any JSON value, edited as text; what is being typed is never reformatted under the cursor. */
export function JsonInput(props: FieldProps) {
  const { formData, fieldPathId, onChange, schema } = props
  const kind = kindOf(schema.type)
  const [edit, setEdit] = useState(() => ({ text: toJsonText(formData, kind), value: formData as unknown }))
  const text = sameJson(edit.value, formData) ? edit.text : toJsonText(formData, kind)

  function change(next: string) {
    const value = parseJsonText(next)
    setEdit({ text: next, value })
    onChange(value, fieldPathId.path, undefined, fieldPathId.$id)
  }

  return (
    <textarea
      {...ariaProps({ id: fieldPathId.$id, required: props.required ?? false, rawErrors: props.rawErrors ?? [] })}
      rows={2}
      value={text}
      spellCheck={false}
      placeholder={kind === 'array' ? '[]' : '{}'}
      disabled={props.disabled}
      onChange={(event) => change(event.target.value)}
      className={classNames(inputClass, 'block max-h-96 min-h-16 resize-y py-2 font-mono text-sm')}
    />
  )
}

function kindOf(type: unknown): JsonKind {
  return type === 'object' || type === 'array' ? type : 'any'
}

function sameJson(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right)
}
