import { partsOf, type Node } from '../grammar.ts'
import {
  boolLiteral,
  listLiteral,
  nullLiteral,
  numberLiteral,
  objectLiteral,
  textLiteral,
  type Literal,
} from '../shared/literal.ts'

/** The value of a literal expression; a symbol is its text. `undefined` when it is anything else. */
export function readLiteral(node: Node): Literal | undefined {
  switch (node.type) {
    case 'string':
    case 'chained_string':
    case 'simple_symbol':
    case 'delimited_symbol': {
      const text = readText(node)
      return text === undefined ? undefined : textLiteral(text)
    }
    case 'integer':
      return numberLiteral(readInteger(node.text), true)
    case 'float':
      return numberLiteral(Number(node.text.replaceAll('_', '')), false)
    case 'true':
    case 'false':
      return boolLiteral(node.type === 'true')
    case 'nil':
      return nullLiteral
    case 'unary':
      return readUnary(node)
    case 'array':
      return listLiteral(partsOf(node).map(readLiteral))
    case 'string_array':
    case 'symbol_array':
      return listLiteral(partsOf(node).map((item) => textOf(readParts(item))))
    case 'hash':
      return readHash(node)
    case 'parenthesized_statements': {
      const [only, ...others] = partsOf(node)
      return only && others.length === 0 ? readLiteral(only) : undefined
    }
    default:
      return undefined
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  s: ' ',
  0: '\0',
  e: '\x1b',
  f: '\f',
  v: '\v',
  a: '\x07',
  b: '\b',
  '\n': '',
}

/** What a string says, its escapes resolved; `undefined` when something is put into it or its bytes are no text. */
function readText(node: Node): string | undefined {
  if (node.type === 'simple_symbol') return node.text.slice(1)
  if (node.type === 'chained_string') {
    const texts = partsOf(node).map(readText)
    return texts.includes(undefined) ? undefined : texts.join('')
  }
  return readParts(node)
}

function readParts(node: Node): string | undefined {
  let text = ''
  for (const part of partsOf(node)) {
    const said = isSingle(node) ? part.text.replaceAll(/\\([\\'])/g, '$1') : readPart(part)
    if (said === undefined || (part.type !== 'escape_sequence' && part.type !== 'string_content')) return undefined
    text += said
  }
  return text
}

/** `'…'` and `%q(…)` know two escapes only. */
function isSingle(node: Node): boolean {
  return /^(?::?'|%q|%w|%i)/.test(node.text)
}

function readPart(part: Node): string | undefined {
  return part.type === 'escape_sequence' ? readEscape(part.text) : part.text
}

function readEscape(text: string): string | undefined {
  const [, long, short, hex] = /^\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|x([0-9a-f]{1,2}))$/i.exec(text) ?? []
  const point = long ?? short
  if (point !== undefined) {
    const code = Number.parseInt(point, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
  }
  if (hex !== undefined) {
    const byte = Number.parseInt(hex, 16)
    return byte < 0x80 ? String.fromCharCode(byte) : undefined
  }
  if (/^\\(?:[1-7]|0\d|[CMc])/.test(text)) return undefined
  return ESCAPES[text.slice(1)] ?? text.slice(1)
}

/** `1_000`, `0x1F`, `0b11`, `0d9`, and `017` or `0o17`, which are octal. */
function readInteger(written: string): number {
  const digits = written.replaceAll('_', '').toLowerCase()
  return Number(digits.replace(/^0d/, '').replace(/^0(?=\d)/, '0o'))
}

function readUnary(node: Node): Literal | undefined {
  const operand = node.childForFieldName('operand')
  const literal = operand ? readLiteral(operand) : undefined
  if (typeof literal?.value !== 'number') return undefined
  if (node.text.startsWith('-')) return { ...literal, value: -literal.value }
  return node.text.startsWith('+') ? literal : undefined
}

function readHash(node: Node): Literal | undefined {
  const entries = partsOf(node).map((pair): readonly [string, Literal | undefined] | undefined => {
    const key = pair.childForFieldName('key')
    const value = pair.childForFieldName('value')
    const name = key && readKey(key)
    return typeof name === 'string' && value ? [name, readLiteral(value)] : undefined
  })
  const named = entries.filter((entry) => entry !== undefined)
  return named.length === entries.length ? objectLiteral(named) : undefined
}

function readKey(key: Node): string | undefined {
  if (key.type === 'hash_key_symbol') return key.text
  const literal = readLiteral(key)
  return typeof literal?.value === 'string' ? literal.value : undefined
}

function textOf(text: string | undefined): Literal | undefined {
  return text === undefined ? undefined : textLiteral(text)
}
