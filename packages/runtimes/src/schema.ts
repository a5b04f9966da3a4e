import type { FormSchema } from '@millrace/contracts'
import type { Arg, ArgType, Property, Signature } from './signature.ts'

type Field = Readonly<Record<string, unknown>>
type Structured = Exclude<ArgType, string>

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/** What a person adds to a field by hand, kept when its schema is inferred anew. */
const KEPT = [
  'description',
  'pattern',
  'min',
  'max',
  'currency',
  'currencyLocale',
  'multiselect',
  'customErrorMessage',
  'required',
  'showExpr',
  'password',
  'order',
  'dateFormat',
  'title',
  'placeholder',
]

/**
 * The form of a signature as JSON Schema (draft 2020-12) with the extensions that clients share. With the schema that the
 * script had before, what was added to its fields by hand stays.
 */
export function toSchema(signature: Signature, previous?: FormSchema): FormSchema {
  const properties = signature.args.map((arg) => [arg.name, toField(arg, fieldOf(previous, arg.name))] as const)
  return {
    $schema: DIALECT,
    type: 'object',
    properties: fromEntries(properties),
    required: signature.args.filter((arg) => !arg.hasDefault).map((arg) => arg.name),
    order: signature.args.map((arg) => arg.name),
  }
}

function toField(arg: Arg, previous: Field | undefined): Field {
  const inferred = typeToField(arg.typ)
  const described = arg.otyp === undefined ? inferred : { ...inferred, description: arg.otyp }
  const field = arg.hasDefault ? { ...described, default: arg.default } : described
  return previous ? keepEdits(field, arg.typ, previous) : field
}

function keepEdits(field: Field, typ: ArgType, previous: Field): Field {
  const kept = pick(previous, KEPT)
  if (typ === 'unknown') return { ...field, ...chosenType(previous), ...kept }
  if (previous['type'] !== field['type']) return { ...field, ...kept }
  if (isPlainText(typ) && wasPlainText(previous)) return { ...field, ...pick(previous, ['enum', 'format']), ...kept }
  if (isListOfPlainText(typ) && wasListOfPlainText(previous)) return { ...field, ...pick(previous, ['items']), ...kept }
  return { ...field, ...kept }
}

/** What stands for a type that the code leaves open: choices and items go with the type that a person gave to it. */
function chosenType(previous: Field): Field {
  switch (previous['type']) {
    case 'string':
      return pick(previous, ['type', 'enum', 'format'])
    case 'array':
      return pick(previous, ['type', 'items'])
    default:
      return pick(previous, ['type'])
  }
}

function isPlainText(typ: ArgType): boolean {
  return typeof typ === 'object' && 'str' in typ && typ.str === null
}

/** Whether a field was text before; choices and bytes that the code had then go with it. */
function wasPlainText(previous: Field): boolean {
  return previous['originalType'] === undefined || previous['originalType'] === 'string'
}

function isListOfPlainText(typ: ArgType): boolean {
  return typeof typ === 'object' && 'list' in typ && isPlainText(typ.list)
}

function wasListOfPlainText(previous: Field): boolean {
  const { items, originalType } = previous
  return isField(items) && items['type'] === 'string' && (originalType === undefined || originalType === 'string[]')
}

function typeToField(typ: ArgType): Field {
  if (typeof typ === 'object') return structuredToField(typ)
  switch (typ) {
    case 'int':
      return { type: 'integer' }
    case 'float':
      return { type: 'number' }
    case 'bool':
      return { type: 'boolean' }
    case 'bytes':
      return { type: 'string', contentEncoding: 'base64', originalType: 'bytes' }
    case 'datetime':
      return { type: 'string', format: 'date-time' }
    case 'date':
    case 'email':
    case 'sql':
    case 'yaml':
      return { type: 'string', format: typ }
    case 'unknown':
      return { type: 'object' }
  }
}

function structuredToField(typ: Structured): Field {
  if ('str' in typ) {
    if (!typ.str) return { type: 'string', originalType: 'string' }
    return { type: 'string', enum: typ.str, originalType: 'enum' }
  }
  if ('list' in typ) return { type: 'array', ...itemsOf(typ.list) }
  if ('resource' in typ) return { type: 'object', format: `resource-${typ.resource}` }
  if ('dynselect' in typ) return { type: 'object', format: `dynselect-${typ.dynselect}` }
  if ('dynmultiselect' in typ) return { type: 'object', format: `dynmultiselect-${typ.dynmultiselect}` }
  if ('oneof' in typ) {
    return {
      type: 'object',
      oneOf: typ.oneof.map((variant) => ({
        type: 'object',
        title: variant.label,
        ...propertiesOf(variant.properties),
      })),
    }
  }
  const { name, props } = typ.object
  return { type: 'object', ...propertiesOf(props), ...(name === null ? {} : { format: `resource-${name}` }) }
}

function itemsOf(typ: ArgType): Field {
  if (typ === 'int' || typ === 'float') return { items: { type: 'number' }, originalType: 'number[]' }
  if (typ === 'bytes') return { items: { type: 'string', contentEncoding: 'base64' }, originalType: 'bytes[]' }
  if (typeof typ === 'object') {
    if ('str' in typ && typ.str) return { items: { type: 'string', enum: typ.str }, originalType: 'enum[]' }
    if ('str' in typ) return { items: { type: 'string' }, originalType: 'string[]' }
    if ('resource' in typ) {
      return { items: { type: 'resource', resourceType: typ.resource }, originalType: 'resource[]' }
    }
    if ('object' in typ) {
      const { name, props } = typ.object
      const format = name === null ? {} : { format: `resource-${name}` }
      return { items: { type: 'object', ...propertiesOf(props) }, originalType: 'record[]', ...format }
    }
  }
  return { items: { type: 'object' }, originalType: 'object[]' }
}

function propertiesOf(props: readonly Property[]): Field {
  if (props.length === 0) return {}
  return { properties: fromEntries(props.map(({ key, typ }) => [key, typeToField(typ)] as const)) }
}

/** Safe for names such as `__proto__`, which an argument may have. */
function fromEntries(entries: readonly (readonly [string, Field])[]): Record<string, Field> {
  const fields: Record<string, Field> = {}
  for (const [key, value] of entries) {
    Object.defineProperty(fields, key, { value, enumerable: true, configurable: true, writable: true })
  }
  return fields
}

function fieldOf(schema: FormSchema | undefined, name: string): Field | undefined {
  const properties = schema?.properties ?? {}
  const field = Object.hasOwn(properties, name) ? properties[name] : undefined
  return isField(field) ? field : undefined
}

function isField(value: unknown): value is Field {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pick(field: Field, keys: readonly string[]): Field {
  return Object.fromEntries(keys.filter((key) => field[key] !== undefined).map((key) => [key, field[key]]))
}
