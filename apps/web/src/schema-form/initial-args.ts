import type { FormSchema } from '@millrace/contracts'
import { COMPUTED_DEFAULT } from './form-shape.ts'

export type Args = Readonly<Record<string, unknown>>

/** What a form begins with: each default, and for required switches, lists and groups the value that an untouched one shows. */
export function initialArgs(schema: FormSchema): Args {
  const required = new Set(schema.required)
  const entries = Object.entries(schema.properties ?? {}).map(
    ([name, property]) => [name, initialValue(property, required.has(name))] as const,
  )
  return withoutAbsent(Object.fromEntries(entries))
}

function initialValue(property: unknown, isRequired: boolean): unknown {
  if (typeof property !== 'object' || property === null) return undefined
  const {
    default: value,
    type,
    oneOf,
    properties,
  } = { default: undefined, type: '', oneOf: undefined, properties: undefined, ...property }
  if (value !== undefined && value !== null && value !== COMPUTED_DEFAULT) return structuredClone(value)
  if (!isRequired || oneOf !== undefined) return undefined
  if (type === 'boolean') return false
  if (type === 'array') return []
  return type === 'object' && properties !== undefined && Object.keys(properties).length > 0 ? {} : undefined
}

/** Arguments for a changed form: what was typed stays where the new form still has the name, the rest begins anew. */
export function carryArgs(schema: FormSchema, previous: Args): Args {
  const names = Object.keys(schema.properties ?? {})
  const kept = names.filter((name) => previous[name] !== undefined).map((name) => [name, previous[name]])
  return { ...initialArgs(schema), ...Object.fromEntries(kept) }
}

/** Arguments as they are sent: absent ones are left out, so that the script's own defaults hold. */
export function withoutAbsent(args: Args): Args {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))
}
