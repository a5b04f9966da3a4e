import type { QueryValue } from '../../runtime.ts'
import { bytesOf, doubleOf, numberOf, toBytes } from '../../shared/query-helper/values.ts'

/** The part of `oracledb` that says what types are. */
export interface OracleTypes {
  readonly DB_TYPE_NUMBER: unknown
  readonly DB_TYPE_VARCHAR: unknown
  readonly DB_TYPE_CLOB: unknown
  readonly DB_TYPE_NCLOB: unknown
  readonly DB_TYPE_BLOB: unknown
  readonly DB_TYPE_RAW: unknown
  readonly DB_TYPE_DATE: unknown
  readonly DB_TYPE_TIMESTAMP: unknown
  readonly DB_TYPE_BOOLEAN: unknown
}

/** How a column is fetched. */
export interface Fetching {
  readonly type?: unknown
  converter(value: unknown): unknown
}

const NUMBERS = new Set(['int', 'integer', 'smallint', 'number', 'numeric', 'decimal', 'float', 'real', 'double'])
const BYTES = new Set(['blob', 'raw'])

/** An argument as the driver binds it. */
export function toBind(
  { type, value }: QueryValue,
  types: OracleTypes,
): { readonly val: unknown; readonly type?: unknown } {
  if (value === null || value === undefined) return { val: null, type: types.DB_TYPE_VARCHAR }
  if (type !== undefined && BYTES.has(type)) return { val: toBytes(value), type: types.DB_TYPE_RAW }
  if (type === 'boolean')
    return { val: /^(?:true|1)$/i.test(JSON.stringify(value).replaceAll('"', '')), type: types.DB_TYPE_BOOLEAN }
  // Servers before version 23 have no truths.
  if (typeof value === 'boolean') return { val: value ? 1 : 0 }
  if (typeof value === 'number') return { val: value }
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (type !== undefined && NUMBERS.has(type.split(' ')[0] ?? '')) return { val: exactly(text) }
  if (type === 'date' || type?.startsWith('timestamp') === true) return { val: dateOf(text, type) }
  return { val: text }
}

/** How a column comes as JSON with all its digits. */
export function fetchingOf(dbType: unknown, types: OracleTypes): Fetching {
  switch (dbType) {
    case types.DB_TYPE_NUMBER:
      return {
        type: types.DB_TYPE_VARCHAR,
        converter: (value) => (typeof value === 'string' ? plainNumber(value) : value),
      }
    case types.DB_TYPE_CLOB:
    case types.DB_TYPE_NCLOB:
      return { type: types.DB_TYPE_VARCHAR, converter: (value) => value }
    case types.DB_TYPE_BLOB:
      return { type: types.DB_TYPE_RAW, converter: toJson }
    case types.DB_TYPE_DATE:
    case types.DB_TYPE_TIMESTAMP:
      return { converter: (value) => (value instanceof Date ? wallClock(value) : value) }
    default:
      return { converter: toJson }
  }
}

function toJson(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array && value.constructor !== Uint8Array) return bytesOf(value)
  // A vector.
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) return [...(value as Iterable<number>)]
  return typeof value === 'number' ? doubleOf(value) : value
}

/** The server leaves out the zero before a point. */
function plainNumber(text: string): unknown {
  return numberOf(text.replace(/^(-?)\./, '$10.'))
}

/** A number where a double holds it; else the text, which the server reads. */
function exactly(text: string): number | string {
  const value = Number(text)
  return text.trim() !== '' && Number.isFinite(value) && text.replace(/\D/g, '').length <= 15 ? value : text
}

/** The driver reads and writes what has no zone by the clock of this process; so it means the digits, wherever that is. */
function dateOf(text: string, type: string): Date {
  const iso = text.trim().replace(' ', 'T')
  if (type.includes('zone')) return new Date(iso)
  const clock = /^\d{4}-\d\d-\d\d(?:T[\d:.]+)?/.exec(iso)?.[0] ?? iso
  return new Date(clock.includes('T') ? clock : `${clock}T00:00:00`)
}

function wallClock(value: Date): string {
  const local = new Date(value.getTime() - value.getTimezoneOffset() * 60_000)
  return local.toISOString().replace(/(?:\.000)?Z$/, '')
}
