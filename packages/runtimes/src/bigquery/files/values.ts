import type { QueryValue } from '../../runtime.ts'
import { memberOf, textAt } from '../../shared/query-helper/rest.ts'
import { jsonOf, numberOf } from '../../shared/query-helper/values.ts'

/** A column or a member of a structure, as the API describes it. */
export interface Field {
  readonly name: string
  readonly type: string
  readonly isList: boolean
  readonly fields: readonly Field[]
}

/** What the server calls types that may be declared by another name. */
const NAMES: Readonly<Record<string, string>> = {
  int: 'INT64',
  integer: 'INT64',
  smallint: 'INT64',
  bigint: 'INT64',
  tinyint: 'INT64',
  byteint: 'INT64',
  float: 'FLOAT64',
  boolean: 'BOOL',
  decimal: 'NUMERIC',
  bigdecimal: 'BIGNUMERIC',
  text: 'STRING',
  varchar: 'STRING',
}

/** An argument as `queryParameters` has it. */
export function toParameter({ name, type, value }: QueryValue): Readonly<Record<string, unknown>> {
  const declared = type ?? undeclared(value)
  if (!declared.endsWith('[]'))
    return { name, parameterType: { type: typeName(declared) }, parameterValue: { value: toWire(declared, value) } }
  const of = declared.slice(0, -2)
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  return {
    name,
    parameterType: { type: 'ARRAY', arrayType: { type: typeName(of) } },
    parameterValue: { arrayValues: items.map((item) => ({ value: toWire(of, item) })) },
  }
}

/** The columns of an answer. */
export function fieldsOf(schema: unknown): readonly Field[] {
  const fields = memberOf(schema, 'fields')
  if (!Array.isArray(fields)) return []
  return fields.map((field: unknown) => ({
    name: textAt(field, 'name') ?? '',
    type: textAt(field, 'type') ?? 'STRING',
    isList: memberOf(field, 'mode') === 'REPEATED',
    fields: fieldsOf(field),
  }))
}

/** A row or a structure: its members in the order of the fields. */
export function readRow(row: unknown, fields: readonly Field[]): readonly unknown[] {
  return fields.map((field, index) => readField(memberOf(row, 'f', index, 'v'), field))
}

function readField(value: unknown, field: Field): unknown {
  if (value === null || value === undefined) return field.isList ? [] : null
  if (!field.isList) return readOne(value, field)
  return Array.isArray(value) ? value.map((item: unknown) => readOne(memberOf(item, 'v'), field)) : []
}

function readOne(value: unknown, { type, fields }: Field): unknown {
  if (value === null || value === undefined) return null
  if (type === 'RECORD' || type === 'STRUCT') {
    const members = readRow(value, fields)
    return Object.fromEntries(fields.map(({ name }, index) => [name, members[index]]))
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  switch (type) {
    case 'INTEGER':
    case 'INT64':
    case 'FLOAT':
    case 'FLOAT64':
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return numberOf(text)
    case 'BOOLEAN':
    case 'BOOL':
      return text === 'true'
    case 'TIMESTAMP':
      return instantOf(text)
    case 'JSON':
      return jsonOf(text)
    default:
      // A text, bytes as base64, a date, a time, an interval: as the server writes it.
      return text
  }
}

/** Microseconds since 1970, as `useInt64Timestamp` has them, with all their digits. */
function instantOf(text: string): string {
  if (!/^-?\d+$/.test(text)) return text
  const micros = BigInt(text)
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = Number((micros - fraction) / 1_000_000n)
  const digits = fraction === 0n ? '' : `.${fraction.toString().padStart(6, '0').replace(/0+$/, '')}`
  return new Date(seconds * 1000).toISOString().replace('.000Z', `${digits}Z`)
}

function typeName(declared: string): string {
  return (Object.hasOwn(NAMES, declared) ? NAMES[declared] : undefined) ?? declared.toUpperCase()
}

function undeclared(value: unknown): string {
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int64' : 'float64'
  return typeof value === 'object' && value !== null ? 'json' : 'string'
}

/** As the API reads it: a text, whatever the type. */
function toWire(type: string, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (type === 'json') return JSON.stringify(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (type === 'date') return text.replace(/T.*$/, '')
  return type === 'datetime' || type === 'time' ? text.replace(/Z$/, '') : text
}
