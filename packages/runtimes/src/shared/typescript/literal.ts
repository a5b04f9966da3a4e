import { partsOf, type Node } from '../../grammar.ts'
import {
  boolLiteral,
  listLiteral,
  nullLiteral,
  numberLiteral,
  objectLiteral,
  textLiteral,
  type Literal,
} from '../literal.ts'

/** The value of a literal expression; `undefined` when it is anything else. */
export function readLiteral(node: Node): Literal | undefined {
  switch (node.type) {
    case 'string':
      return textLiteral(readText(node))
    case 'template_string':
      if (partsOf(node).some((part) => part.type === 'template_substitution')) return undefined
      return textLiteral(readText(node))
    case 'number':
      return readNumber(node.text)
    case 'unary_expression':
      return readUnary(node)
    case 'true':
    case 'false':
      return boolLiteral(node.type === 'true')
    case 'null':
    case 'undefined':
      return nullLiteral
    case 'array':
      return listLiteral(partsOf(node).map(readLiteral))
    case 'object':
      return objectLiteral(partsOf(node).map(readEntry))
    case 'parenthesized_expression':
    case 'as_expression':
    case 'satisfies_expression': {
      const [inner] = partsOf(node)
      return inner ? readLiteral(inner) : undefined
    }
    default:
      return undefined
  }
}

/** What a string says, its escapes resolved. */
export function readText(node: Node): string {
  return partsOf(node)
    .map((part) => (part.type === 'escape_sequence' ? readEscape(part.text) : part.text))
    .join('')
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\n': '',
}

function readEscape(text: string): string {
  const code = /^\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|x([0-9a-f]{2}))$/i.exec(text)
  if (!code) return ESCAPES[text.slice(1)] ?? text.slice(1)
  const point = Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '0', 16)
  return point <= 0x10ffff ? String.fromCodePoint(point) : text
}

function readNumber(text: string): Literal | undefined {
  const digits = text.replaceAll('_', '')
  if (digits.endsWith('n')) return numberLiteral(Number(digits.slice(0, -1)), true)
  return numberLiteral(Number(digits), /^(?:\d+|0[xob][0-9a-f]+)$/i.test(digits))
}

function readUnary(node: Node): Literal | undefined {
  const argument = node.childForFieldName('argument')
  const operator = node.childForFieldName('operator')?.text
  if (argument?.type !== 'number') return undefined
  const literal = readNumber(argument.text)
  if (!literal || typeof literal.value !== 'number') return undefined
  if (operator === '-') return { ...literal, value: -literal.value }
  return operator === '+' ? literal : undefined
}

function readEntry(node: Node): readonly [string, Literal | undefined] {
  const key = node.childForFieldName('key')
  const value = node.childForFieldName('value')
  if (node.type !== 'pair' || !key || !value || key.type === 'computed_property_name') return [node.text, undefined]
  return [key.type === 'string' ? readText(key) : key.text, readLiteral(value)]
}
