import { bytesOf, jsonOf, numberOf, timestampOf } from '../../shared/query-helper/values.ts'

type Parse = (text: string) => unknown

/** Types by their OIDs, which are the same on every server. */
const SCALARS: Readonly<Record<number, Parse>> = {
  16: (text) => text === 't',
  17: readBytes,
  20: numberOf,
  21: Number,
  23: Number,
  26: Number,
  114: jsonOf,
  700: numberOf,
  701: numberOf,
  1082: (text) => text,
  1114: timestampOf,
  1184: timestampOf,
  1700: numberOf,
  3802: jsonOf,
}

/** Of arrays: the type of their items. Those that are not here hold texts. */
const ITEMS: Readonly<Record<number, number>> = {
  199: 114,
  1000: 16,
  1001: 17,
  1005: 21,
  1007: 23,
  1016: 20,
  1021: 700,
  1022: 701,
  1028: 26,
  1115: 1114,
  1185: 1184,
  1231: 1700,
  3807: 3802,
}
/** char, name, varchar, text, bpchar, uuid, date, time, timetz, interval, inet, cidr. */
const TEXT_ARRAYS = new Set([1002, 1003, 1015, 1009, 1014, 2951, 1182, 1183, 1270, 1187, 1041, 651])

/** How the text of a value of this type becomes JSON; what is not named is its text. */
export function parserOf(oid: number): Parse {
  const scalar = SCALARS[oid]
  if (scalar) return scalar
  const item = ITEMS[oid]
  if (item !== undefined) return (text) => readArray(text, SCALARS[item] ?? String)
  return TEXT_ARRAYS.has(oid) ? (text) => readArray(text, String) : String
}

/** `\x…`, or the older form with octal escapes. */
function readBytes(text: string): string {
  if (text.startsWith('\\x')) return bytesOf(Buffer.from(text.slice(2), 'hex'))
  const plain = text.replaceAll(/\\(?:\\|(\d{3}))/g, (_, octal?: string) =>
    octal === undefined ? '\\' : String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return bytesOf(Buffer.from(plain, 'latin1'))
}

/** `{1,NULL,"a \"b\"",{2,3}}`; bounds that are written before it (`[0:1]=`) are dropped. */
function readArray(text: string, parse: Parse): unknown {
  let at = text.indexOf('{')
  const read = (): unknown[] => {
    const items: unknown[] = []
    at += 1
    while (at < text.length && text[at] !== '}') {
      if (text[at] === '{') items.push(read())
      else items.push(readItem())
      if (text[at] === ',') at += 1
    }
    at += 1
    return items
  }
  const readItem = (): unknown => {
    const pattern = /"((?:[^"\\]|\\.)*)"|([^,}]*)/sy
    pattern.lastIndex = at
    const match = pattern.exec(text)
    at = pattern.lastIndex
    const [, quoted, plain = ''] = match ?? []
    if (quoted !== undefined) return parse(quoted.replaceAll(/\\(.)/gs, '$1'))
    return plain === 'NULL' ? null : parse(plain)
  }
  return read()
}
