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

/**
 * Arguments for a form that changed from `before`: what was typed stays where name and type stay, others begin with
 * their defaults, and a default that was cleared does not come back.
 */
export function carryArgs(schema: FormSchema, previous: Args, before: FormSchema | undefined): Args {
  const initial = initialArgs(schema)
  const entries = Object.keys(schema.properties ?? {}).map((name) => {
    const earlier = before?.properties?.[name]
    if (earlier === undefined) return [name, previous[name] ?? initial[name]] as const
    return [name, typeOf(earlier) === typeOf(schema.properties?.[name]) ? previous[name] : initial[name]] as const
  })
  return withoutAbsent(Object.fromEntries(entries))
}

function typeOf(property: unknown): string {
  return typeof property === 'object' && property !== null && 'type' in property ? JSON.stringify(property.type) : ''
}

/** Arguments as they are sent: in the form's order, absent ones left out, so that the script's own defaults hold. */
export function argsToSend(schema: FormSchema, args: Args): Args {
  const names = [...(schema.order ?? []), ...Object.keys(schema.properties ?? {}), ...Object.keys(args)]
  return withoutAbsent(Object.fromEntries([...new Set(names)].map((name) => [name, args[name]])))
}

function withoutAbsent(args: Args): Args {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))
}
