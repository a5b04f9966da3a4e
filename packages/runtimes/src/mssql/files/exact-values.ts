import { bytesOf, doubleOf, numberOf } from '../../shared/query-helper/values.ts'

/** What `tedious` knows of a column. */
export interface ColumnInfo {
  readonly colName: string
  readonly scale?: number | undefined
  readonly type: { readonly name: string }
}

/** The part of `tedious/lib/value-parser` that is ours: reads one value from what the server sent. */
export interface ValueParser {
  readValue(buffer: Buffer, offset: number, column: ColumnInfo, options: unknown): ReadValue
}

interface ReadValue {
  value: unknown
  readonly offset: number
}

const EXACT = Symbol('values are exact')
/** Of `MONEY`, which is a whole number of ten-thousandths. */
const MONEY_SCALE = 4
const TICKS = 10_000_000

/** Makes the driver give exact numbers as they came: its own reading makes doubles of them, which lose digits. */
export function readExactly(parser: ValueParser & { [EXACT]?: true }): void {
  if (parser[EXACT]) return
  const read = parser.readValue
  parser.readValue = (buffer, offset, column, options) => {
    // It also says where the value ends, and waits for what is not there yet.
    const result = read(buffer, offset, column, options)
    if (result.value !== null) result.value = exactValue(buffer.subarray(offset, result.offset), column) ?? result.value
    return result
  }
  parser[EXACT] = true
}

/** A value of a row as JSON. */
export function toJson(value: unknown, { type }: ColumnInfo): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return instantOf(value, type.name)
  if (value instanceof Uint8Array) return bytesOf(value)
  if (typeof value === 'number') return doubleOf(value)
  // It has whole numbers of eight bytes as texts.
  return typeof value === 'string' && /^(?:IntN|BigInt)$/.test(type.name) ? numberOf(value) : value
}

function exactValue(bytes: Buffer, { type, scale }: ColumnInfo): unknown {
  switch (type.name) {
    case 'NumericN':
    case 'DecimalN':
      // Length, sign, magnitude.
      return decimalOf(magnitudeOf(bytes.subarray(2)), { scale: scale ?? 0, isNegative: bytes[1] === 0 })
    case 'MoneyN':
      return bytes[0] === 8 ? moneyOf(bytes.subarray(1)) : undefined
    case 'Money':
      return moneyOf(bytes)
    default:
      return undefined
  }
}

/** The upper half comes first. */
function moneyOf(bytes: Buffer): unknown {
  const units = (BigInt(bytes.readInt32LE(0)) << 32n) + BigInt(bytes.readUInt32LE(4))
  return decimalOf(units < 0n ? -units : units, { scale: MONEY_SCALE, isNegative: units < 0n })
}

function magnitudeOf(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`)
}

function decimalOf(
  magnitude: bigint,
  { scale, isNegative }: { readonly scale: number; readonly isNegative: boolean },
): unknown {
  const digits = magnitude.toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const text = scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`
  return numberOf(isNegative && magnitude !== 0n ? `-${text}` : text)
}

/** ISO 8601; what the server stores without a zone has none, and one with an offset is the instant that it names. */
function instantOf(value: Date, type: string): string {
  const delta: unknown = Reflect.get(value, 'nanosecondsDelta')
  const ticks = value.getUTCMilliseconds() * 10_000 + (typeof delta === 'number' ? Math.round(delta * TICKS) : 0)
  const fraction = ticks === 0 ? '' : `.${String(ticks).padStart(7, '0').replace(/0+$/, '')}`
  const [day, clock = ''] = value.toISOString().slice(0, -5).split('T')
  if (type === 'Date') return day ?? ''
  if (type === 'Time') return `${clock}${fraction}`
  return `${day}T${clock}${fraction}${type === 'DateTimeOffset' ? 'Z' : ''}`
}
