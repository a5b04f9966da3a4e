import {
  boolLiteral,
  listLiteral,
  nullLiteral,
  numberLiteral,
  objectLiteral,
  textLiteral,
  type Literal,
} from '../shared/literal.ts'
import { splitItems } from './split-items.ts'

/** The value of a default as written; `undefined` when it is no literal, or of a type that JSON does not have. */
export function readLiteral(text: string): Literal | undefined {
  if (text === 'true' || text === 'false') return boolLiteral(text === 'true')
  if (text === 'null') return nullLiteral
  if (/^[+-]?(0x[\da-f_]+|0o[0-7_]+|0b[01_]+|\d[\d_]*)$/i.test(text)) return readInteger(text.replaceAll('_', ''))
  if (/^[+-]?(\d[\d_]*)?\.?\d[\d_]*(e[+-]?\d+)?$/i.test(text))
    return numberLiteral(Number(text.replaceAll('_', '')), false)
  const [first = '', last = ''] = [text[0], text.at(-1)]
  if (first === last && (first === "'" || first === '`') && text.length > 1) return textLiteral(text.slice(1, -1))
  if (first === '"' && last === '"') return readText(text)
  if (first === '[' && last === ']') return listLiteral(splitItems(text.slice(1, -1)).map(readLiteral))
  if (first === '{' && last === '}') return readRecord(text.slice(1, -1))
  // A word without quotes is a text where it can be nothing else.
  return /^[A-Za-z_][\w-]*$/.test(text) ? textLiteral(text) : undefined
}

function readInteger(text: string): Literal | undefined {
  const isNegative = text.startsWith('-')
  const value = Number(text.replace(/^[+-]/, ''))
  return numberLiteral(isNegative ? -value : value, true)
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', e: '\x1b', '0': '\0' }

function readText(text: string): Literal {
  const said = text.slice(1, -1).replaceAll(/\\(?:u\{([0-9a-f]{1,6})\}|([\s\S]))/gi, (_, point?: string, sign = '') => {
    if (point === undefined) return ESCAPES[sign] ?? sign
    const code = Number.parseInt(point, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })
  return textLiteral(said)
}

function readRecord(text: string): Literal | undefined {
  const items = splitItems(text)
  const entries: [string, Literal | undefined][] = []
  for (let at = 0; at < items.length; at += 3) {
    const [name = '', sign, value] = items.slice(at, at + 3)
    if (sign !== ':' || value === undefined) return undefined
    entries.push([name.replaceAll(/^["']|["']$/g, ''), readLiteral(value)])
  }
  return objectLiteral(entries)
}
