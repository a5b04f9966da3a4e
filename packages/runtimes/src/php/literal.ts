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

/** The value of a literal expression; `undefined` when it is anything else. */
export function readLiteral(node: Node): Literal | undefined {
  switch (node.type) {
    case 'string':
    case 'encapsed_string': {
      const text = readText(node)
      return text === undefined ? undefined : textLiteral(text)
    }
    case 'integer':
      return readInteger(node.text)
    case 'float':
      return numberLiteral(Number(node.text.replaceAll('_', '')), false)
    case 'boolean':
      return boolLiteral(node.text.toLowerCase() === 'true')
    case 'null':
      return nullLiteral
    case 'unary_op_expression':
      return readUnary(node)
    case 'array_creation_expression':
      return readArray(node)
    case 'parenthesized_expression': {
      const [inner] = partsOf(node)
      return inner ? readLiteral(inner) : undefined
    }
    default:
      return undefined
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  v: '\v',
  e: '\x1b',
  f: '\f',
  '\\': '\\',
  $: '$',
  '"': '"',
}

/** What a string says, its escapes resolved; `undefined` when it has variables or bytes that are no text. */
function readText(node: Node): string | undefined {
  if (node.type === 'string') return node.text.replace(/^b?'|'$/gi, '').replaceAll(/\\([\\'])/g, '$1')
  let text = ''
  for (const part of partsOf(node)) {
    const said = part.type === 'escape_sequence' ? readEscape(part.text) : part.text
    if (said === undefined || (part.type !== 'escape_sequence' && part.type !== 'string_content')) return undefined
    text += said
  }
  return text
}

function readEscape(text: string): string | undefined {
  const [, point, hex, octal] = /^\\(?:u\{([0-9a-f]+)\}|x([0-9a-f]{1,2})|([0-7]{1,3}))$/i.exec(text) ?? []
  if (point !== undefined) {
    const code = Number.parseInt(point, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
  }
  const byte = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16)
  if (Number.isNaN(byte)) return ESCAPES[text.slice(1)] ?? text
  return byte < 0x80 ? String.fromCharCode(byte) : undefined
}

/** `1_000`, `0x1F`, `0b11`, and `017` or `0o17`, which are octal. */
function readInteger(text: string): Literal | undefined {
  const digits = text.replaceAll('_', '').toLowerCase()
  return numberLiteral(Number(digits.replace(/^0(?=\d)/, '0o')), true)
}

function readUnary(node: Node): Literal | undefined {
  const argument = node.childForFieldName('argument')
  const literal = argument ? readLiteral(argument) : undefined
  if (typeof literal?.value !== 'number') return undefined
  if (node.text.startsWith('-')) return { ...literal, value: -literal.value }
  return node.text.startsWith('+') ? literal : undefined
}

/** A list without keys, or an object with a text as each key; what mixes them is left alone. */
function readArray(node: Node): Literal | undefined {
  const elements = partsOf(node).map(partsOf)
  if (elements.every((element) => element.length === 1)) {
    return listLiteral(elements.map(([item]) => (item ? readLiteral(item) : undefined)))
  }
  const entries = elements.map(([key, value]) => [key && readLiteral(key)?.value, value && readLiteral(value)] as const)
  const named = entries.flatMap(([key, value]) => (typeof key === 'string' ? [[key, value] as const] : []))
  return named.length === elements.length ? objectLiteral(named) : undefined
}
