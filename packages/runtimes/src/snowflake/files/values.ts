import type { QueryValue } from '../../runtime.ts'
import { bytesOf, jsonOf, numberOf, toBytes } from '../../shared/query-helper/values.ts'

/** A column as the API describes it. */
export interface Column {
  readonly name: string
  /** In lower case. */
  readonly type: string
}

const NANOS = 1_000_000_000n
/** A day of the API's dates. */
const DAY_MS = 86_400_000
/** Minutes that are added to the offset of a time zone, so that none is negative. */
const OFFSET_BIAS = 1440

const BINDINGS: Readonly<Record<string, string>> = {
  int: 'FIXED',
  integer: 'FIXED',
  bigint: 'FIXED',
  smallint: 'FIXED',
  tinyint: 'FIXED',
  byteint: 'FIXED',
  number: 'FIXED',
  decimal: 'FIXED',
  numeric: 'FIXED',
  float: 'REAL',
  float4: 'REAL',
  float8: 'REAL',
  double: 'REAL',
  'double precision': 'REAL',
  real: 'REAL',
  boolean: 'BOOLEAN',
  binary: 'BINARY',
  varbinary: 'BINARY',
}

/** An argument as `bindings` has it: the type says how the text is read, and the server makes of it what its place wants. */
export function toBinding({ type, value }: QueryValue): { readonly type: string; readonly value: string | null } {
  const bound = (type === undefined ? undefined : BINDINGS[type]) ?? (type === undefined ? undeclared(value) : 'TEXT')
  if (value === null || value === undefined) return { type: bound, value: null }
  if (bound === 'BINARY') return { type: bound, value: toBytes(value).toString('hex') }
  return { type: bound, value: typeof value === 'string' ? value : JSON.stringify(value) }
}

/** A value of a row, which the API gives as a text whatever its type. */
export function readValue(text: string | null | undefined, { type }: Column): unknown {
  if (text === null || text === undefined) return null
  switch (type) {
    case 'fixed':
    case 'real':
      return numberOf(text)
    case 'boolean':
      return text === 'true' || text === '1'
    case 'binary':
      return bytesOf(Buffer.from(text, 'hex'))
    case 'date':
      return new Date(Number(text) * DAY_MS).toISOString().slice(0, 10)
    case 'time':
      return clockOf(nanosOf(text)).slice(11)
    case 'timestamp_ntz':
      return clockOf(nanosOf(text))
    case 'timestamp_ltz':
      return `${clockOf(nanosOf(text))}Z`
    case 'timestamp_tz':
      return zonedOf(text)
    case 'variant':
    case 'object':
    case 'array':
      return readJson(text)
    default:
      return text
  }
}

function undeclared(value: unknown): string {
  if (typeof value === 'boolean') return 'BOOLEAN'
  if (typeof value !== 'number') return 'TEXT'
  return Number.isSafeInteger(value) ? 'FIXED' : 'REAL'
}

/** `1700000000.123456789`, negative before 1970. */
function nanosOf(text: string): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  const nanos = BigInt(whole) * NANOS + BigInt(fraction.padEnd(9, '0').slice(0, 9) || '0')
  return sign === '-' ? -nanos : nanos
}

/** With all digits that are not zero. */
function clockOf(nanos: bigint): string {
  const fraction = ((nanos % NANOS) + NANOS) % NANOS
  const base = new Date(Number((nanos - fraction) / 1_000_000n)).toISOString().slice(0, -5)
  return fraction === 0n ? base : `${base}.${fraction.toString().padStart(9, '0').replace(/0+$/, '')}`
}

/** `1700000000.000000000 1500`: the instant, and the minutes of its zone. */
function zonedOf(text: string): string {
  const [instant = '0', biased = String(OFFSET_BIAS)] = text.split(' ')
  const minutes = Number(biased) - OFFSET_BIAS
  const clock = clockOf(nanosOf(instant) + BigInt(minutes) * 60n * NANOS)
  if (minutes === 0) return `${clock}Z`
  const digits = (value: number) => String(value).padStart(2, '0')
  const size = Math.abs(minutes)
  return `${clock}${minutes < 0 ? '-' : '+'}${digits(Math.floor(size / 60))}:${digits(size % 60)}`
}

/** The server writes `undefined` where a list of its own has nothing. */
function readJson(text: string): unknown {
  try {
    return jsonOf(text)
  } catch {
    return text
  }
}
