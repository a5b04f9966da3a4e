import { DuckDBTypeId, type DuckDBDecimalValue, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import type { EngineResult } from '../../shared/testing/sql-engine.ts'
import { int, text } from './tds-bytes.ts'

const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34])
const DAYS_BEFORE_1970 = 719_162
/** Digits behind the point of a time. */
const SCALE = 7

/** How a column of the engine goes over the wire. */
interface Wire {
  readonly type: readonly number[]
  write(value: DuckDBValue): Buffer
}

/** The rows of a statement, and that it ended. */
export function writeResult({ columns, rows }: EngineResult, hasMore: boolean): Buffer {
  const wires = columns.map(({ type }) => wireOf(type))
  const head = columns.map(({ name }, index) =>
    Buffer.concat([int(0, 4), int(1, 2), Buffer.from(wires[index]?.type ?? []), text(name, 1)]),
  )
  const body = rows.map((row) =>
    Buffer.concat([int(0xd1, 1), ...row.map((value, index) => wires[index]?.write(value) ?? Buffer.alloc(0))]),
  )
  const metadata = columns.length === 0 ? [] : [int(0x81, 1), int(columns.length, 2), ...head]
  return Buffer.concat([...metadata, ...body, done(hasMore ? 1 : 0)])
}

/** 1: more follows · 2: it failed · 0x20: it was stopped because somebody asked for it. */
export function done(status: number): Buffer {
  return Buffer.concat([int(0xfd, 1), int(status, 2), int(0, 2), int(0, 8)])
}

/** An error, or what the server says meanwhile. */
export function message(
  kind: 'error' | 'info',
  { number, line, words }: { readonly number: number; readonly line: number; readonly words: string },
): Buffer {
  const body = Buffer.concat([
    int(number, 4),
    Buffer.from([1, kind === 'error' ? 16 : 0]),
    text(words, 2),
    text('peer', 1),
    text('', 1),
    int(line, 4),
  ])
  return Buffer.concat([int(kind === 'error' ? 0xaa : 0xab, 1), int(body.length, 2), body])
}

/** The server takes the sign-in, and speaks version 7.4. */
export function loginAck(): Buffer {
  const body = Buffer.concat([
    Buffer.from([1, 0x74, 0, 0, 4]),
    text('Microsoft SQL Server', 1),
    Buffer.from([16, 0, 0, 0]),
  ])
  return Buffer.concat([int(0xad, 1), int(body.length, 2), body, done(0)])
}

function wireOf(type: DuckDBType): Wire {
  switch (type.typeId) {
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.HUGEINT:
      return { type: [0x26, 8], write: (value) => sized(value, () => int(BigInt(String(value)), 8)) }
    case DuckDBTypeId.BOOLEAN:
      return { type: [0x68, 1], write: (value) => sized(value, () => int(value === true ? 1 : 0, 1)) }
    case DuckDBTypeId.DOUBLE:
      return { type: [0x6d, 8], write: (value) => sized(value, () => double(Number(value))) }
    case DuckDBTypeId.DECIMAL:
      return { type: [0x6c, 17, 38, 'scale' in type ? Number(type.scale) : 0], write: writeDecimal }
    case DuckDBTypeId.DATE:
      return { type: [0x28], write: (value) => sized(value, () => dayOf(member(value, 'days'))) }
    case DuckDBTypeId.TIME:
      return { type: [0x29, SCALE], write: (value) => sized(value, () => clockOf(member(value, 'micros'))) }
    case DuckDBTypeId.TIMESTAMP:
      return { type: [0x2a, SCALE], write: (value) => sized(value, () => instantOf(member(value, 'micros'))) }
    case DuckDBTypeId.TIMESTAMP_TZ: {
      // An hour ahead of Greenwich, which changes the name of the instant and not the instant.
      const write = (value: DuckDBValue) => Buffer.concat([instantOf(member(value, 'micros')), int(60, 2)])
      return { type: [0x2b, SCALE], write: (value) => sized(value, () => write(value)) }
    }
    case DuckDBTypeId.BLOB:
      return { type: [0xa5, 0x40, 0x1f], write: (value) => long(value, () => bytesOf(value)) }
    default:
      return {
        type: [0xe7, 0x40, 0x1f, ...COLLATION],
        write: (value) => long(value, () => Buffer.from(String(value), 'ucs2')),
      }
  }
}

function sized(value: DuckDBValue, write: () => Buffer): Buffer {
  if (value === null) return int(0, 1)
  const bytes = write()
  return Buffer.concat([int(bytes.length, 1), bytes])
}

function long(value: DuckDBValue, write: () => Buffer): Buffer {
  if (value === null) return int(0xffff, 2)
  const bytes = write()
  return Buffer.concat([int(bytes.length, 2), bytes])
}

function writeDecimal(value: DuckDBValue): Buffer {
  return sized(value, () => {
    const units = (value as DuckDBDecimalValue).value
    const size = units < 0n ? -units : units
    return Buffer.concat([int(units < 0n ? 0 : 1, 1), unsigned(size)])
  })
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

function member(value: DuckDBValue, name: 'days' | 'micros'): bigint {
  return BigInt(String(typeof value === 'object' && value !== null ? Reflect.get(value, name) : 0))
}

function bytesOf(value: DuckDBValue): Buffer {
  return typeof value === 'object' && value !== null && 'bytes' in value ? Buffer.from(value.bytes) : Buffer.alloc(0)
}

function dayOf(days: bigint): Buffer {
  return int(Number(days) + DAYS_BEFORE_1970, 4).subarray(0, 3)
}

function clockOf(micros: bigint): Buffer {
  return int(micros * 10n, 8).subarray(0, 5)
}

function instantOf(micros: bigint): Buffer {
  const day = 86_400_000_000n
  const clock = ((micros % day) + day) % day
  return Buffer.concat([clockOf(clock), dayOf((micros - clock) / day)])
}

/** Sixteen bytes. */
function unsigned(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex').reverse()
}
