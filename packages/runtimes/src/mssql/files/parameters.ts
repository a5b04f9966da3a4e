import type { TYPES } from 'tedious'
import type { QueryValue } from '../../runtime.ts'
import { toBytes } from '../../shared/query-helper/values.ts'

type Types = typeof TYPES
type TypeName = keyof Types

/** An argument as `addParameter` takes it. */
export interface Parameter {
  readonly type: Types[TypeName]
  readonly value: unknown
  readonly options?: { readonly precision: number; readonly scale: number }
}

const PRECISION_MAX = 38
/** More digits than a double has go as a text, which the server reads. */
const DOUBLE_DIGITS = 15

const DECLARED: Readonly<Record<string, TypeName>> = {
  tinyint: 'TinyInt',
  smallint: 'SmallInt',
  int: 'Int',
  integer: 'Int',
  bigint: 'BigInt',
  float: 'Float',
  real: 'Real',
  decimal: 'Decimal',
  numeric: 'Decimal',
  money: 'Decimal',
  smallmoney: 'Decimal',
  bit: 'Bit',
  bool: 'Bit',
  boolean: 'Bit',
  binary: 'VarBinary',
  varbinary: 'VarBinary',
  image: 'VarBinary',
  date: 'Date',
  time: 'Time',
  datetime: 'DateTime',
  datetime2: 'DateTime2',
  smalldatetime: 'SmallDateTime',
  datetimeoffset: 'DateTimeOffset',
  uniqueidentifier: 'UniqueIdentifier',
}

/** What is declared as a text, or not at all, keeps every character as `NVARCHAR`. */
export function toParameter({ type, value }: QueryValue, types: Types): Parameter {
  const name = (type === undefined ? undeclared(value) : DECLARED[type]) ?? 'NVarChar'
  if (value === null || value === undefined) return { type: types[name], value: null }
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  switch (name) {
    case 'VarBinary':
      return { type: types.VarBinary, value: toBytes(value) }
    case 'Bit':
      return { type: types.Bit, value: typeof value === 'string' ? /^(?:true|1)$/i.test(value) : Boolean(value) }
    case 'Decimal':
      return decimal(text, types)
    case 'BigInt':
      return { type: types.BigInt, value: text }
    case 'Date':
    case 'Time':
    case 'DateTime':
    case 'DateTime2':
    case 'SmallDateTime':
    case 'DateTimeOffset':
      return { type: types[name], value: dateOf(text) }
    case 'NVarChar':
    case 'UniqueIdentifier':
      return { type: types[name], value: text }
    default:
      return { type: types[name], value: Number(text) }
  }
}

function undeclared(value: unknown): TypeName {
  if (typeof value === 'boolean') return 'Bit'
  if (typeof value !== 'number') return 'NVarChar'
  if (!Number.isSafeInteger(value)) return 'Float'
  return Math.abs(value) < 2 ** 31 ? 'Int' : 'BigInt'
}

function decimal(text: string, types: Types): Parameter {
  const [, whole = '', fraction = ''] = /^[-+]?(\d+)(?:\.(\d+))?$/.exec(text.trim()) ?? []
  if (whole === '' || whole.length + fraction.length > DOUBLE_DIGITS) return { type: types.NVarChar, value: text }
  return { type: types.Decimal, value: Number(text), options: { precision: PRECISION_MAX, scale: fraction.length } }
}

/** A clock alone is one of the first day; without a zone the digits count, not where this runs. */
function dateOf(text: string): Date {
  const whole = /^\d\d:\d\d/.test(text) ? `1970-01-01T${text}` : text.trim().replace(' ', 'T')
  return new Date(/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(whole) ? `${whole}Z` : whole)
}
