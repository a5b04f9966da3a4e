import type { FieldProps } from '@rjsf/utils'
import { Select } from '../ui/select.tsx'
import type { UnionChoice } from './form-shape.ts'

/** One of several objects, told apart by their tags: first which, then its members. */
export function UnionInput(props: FieldProps) {
  const { fieldPathId, formData, registry, uiSchema, onChange } = props
  const choices = choicesOf(uiSchema?.['ui:options']?.['choices'])
  const index = choices.findIndex((choice) => hasTags(formData, choice.tags))
  const chosen = choices[index]
  const { SchemaField } = registry.fields
  return (
    <div className="flex flex-col gap-3">
      <Select
        id={fieldPathId.$id}
        options={choices.map((choice, position) => ({ value: String(position), label: choice.label }))}
        value={index < 0 ? undefined : String(index)}
        isInvalid={(props.rawErrors?.length ?? 0) > 0}
        onChange={(position) =>
          onChange({ ...choices[Number(position)]?.tags }, fieldPathId.path, undefined, fieldPathId.$id)
        }
      />
      {chosen && SchemaField && Object.keys(chosen.schema.properties ?? {}).length > 0 && (
        <div className="border-l border-line pl-4">
          <SchemaField
            {...props}
            schema={chosen.schema}
            uiSchema={{ ...chosen.uiSchema, 'ui:options': { isBare: true } }}
          />
        </div>
      )}
    </div>
  )
}

function choicesOf(value: unknown): readonly UnionChoice[] {
  return Array.isArray(value) ? value : []
}

function hasTags(value: unknown, tags: Readonly<Record<string, string>>): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(tags).every(([name, tag]) => Reflect.get(value, name) === tag)
}
