import { z } from 'zod'
import { allStepKinds } from '../steps/registry.ts'
import { findFieldRule, type FieldRule } from './field-rules.ts'
import { FlowValue } from './flow-value.ts'
import { Module } from './module-schema.ts'

/** A field of an OpenFlow document. */
export interface ListedField {
  /** `document`, `module`, or the type of what a module does. */
  readonly object: string
  /** Its name, with those around it inside of the object: `retry.constant.attempts`. */
  readonly path: string
  /** Undefined where nobody said what becomes of it. */
  readonly rule: FieldRule | undefined
}

/** Every field that a flow, a module or a kind of step has, with what becomes of it. */
export function listFields(): readonly ListedField[] {
  const modules = z.array(Module)
  return [
    ...fieldsOf('document', FlowValue),
    ...fieldsOf('module', Module),
    ...allStepKinds.flatMap((kind) => fieldsOf(kind.id, kind.definition(modules))),
  ]
}

/** The fields of one schema, which is an object; modules inside of it are told by themselves. */
export function fieldsOf(object: string, schema: z.core.$ZodType): readonly ListedField[] {
  // Alternatives may have fields of one name.
  const fields = new Map([...walk(schema, '')].map(({ path, field }) => [path, findFieldRule(field)]))
  return [...fields].map(([path, rule]) => ({ object, path, rule }))
}

interface Found {
  readonly path: string
  readonly field: z.core.$ZodType
}

function* walk(schema: z.core.$ZodType, around: string): Generator<Found, void, undefined> {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'object':
      for (const [name, field] of Object.entries(def.shape)) {
        const path = `${around}${name}`
        yield { path, field }
        yield* walkInside(field, `${path}.`)
      }
      return
    case 'optional':
    case 'nullable':
    case 'default':
      return yield* walkInside(def.innerType, around)
    case 'pipe':
      return yield* walkInside(def.in, around)
    case 'array':
      return yield* walkInside(def.element, around)
    case 'record':
      return yield* walkInside(def.valueType, around)
    case 'union':
      for (const option of def.options) yield* walkInside(option, around)
      return
    default:
      // A plain value has no fields.
      return
  }
}

function* walkInside(schema: z.core.$ZodType, around: string): Generator<Found, void, undefined> {
  if (schema !== Module) yield* walk(schema, around)
}
