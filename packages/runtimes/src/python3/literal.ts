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
    case 'concatenated_string': {
      const text = readText(node)
      return text === undefined ? undefined : textLiteral(text)
    }
    case 'integer':
    case 'float':
      return readNumber(node)
    case 'unary_operator': {
      const argument = node.childForFieldName('argument')
      const literal = argument ? readNumber(argument) : undefined
      if (typeof literal?.value !== 'number' || !/^[+-]/.test(node.text)) return undefined
      return node.text.startsWith('-') ? { ...literal, value: -literal.value } : literal
    }
    case 'true':
    case 'false':
      return boolLiteral(node.type === 'true')
    case 'none':
      return nullLiteral
    case 'list':
    case 'tuple':
      return listLiteral(partsOf(node).map(readLiteral))
    case 'dictionary':
      return objectLiteral(partsOf(node).map(readEntry))
    case 'parenthesized_expression': {
      const [inner] = partsOf(node)
      return inner ? readLiteral(inner) : undefined
    }
    default:
      return undefined
  }
}

/** What a string says; `undefined` when it has parts to be computed, or is made of bytes. */
export function readText(node: Node): string | undefined {
  if (node.type === 'concatenated_string') {
    const texts = partsOf(node).map(readText)
    return texts.includes(undefined) ? undefined : texts.join('')
  }
  const [start, ...parts] = partsOf(node)
  const prefix = start?.text.toLowerCase() ?? ''
  if (prefix.includes('f') || prefix.includes('b')) return undefined
  const contents = parts.filter((part) => part.type === 'string_content')
  return contents.map((part) => (prefix.includes('r') ? part.text : resolveEscapes(part.text))).join('')
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

function resolveEscapes(text: string): string {
  return text.replaceAll(/\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[0-7]{1,3}|[\s\S])/gi, resolveEscape)
}

function resolveEscape(escape: string): string {
  const [, letter = '', digits = ''] = /^\\([xuU]?)([0-9a-f]*)$/i.exec(escape) ?? []
  const code = Number.parseInt(digits, letter === '' ? 8 : 16)
  if (Number.isNaN(code) || code > 0x10ffff) return ESCAPES[escape.slice(1)] ?? escape
  return String.fromCodePoint(code)
}

function readNumber(node: Node): Literal | undefined {
  if (node.type !== 'integer' && node.type !== 'float') return undefined
  return numberLiteral(Number(node.text.replaceAll('_', '')), node.type === 'integer')
}

function readEntry(node: Node): readonly [string, Literal | undefined] {
  const key = node.childForFieldName('key')
  const value = node.childForFieldName('value')
  const name = key && readLiteral(key)
  if (node.type !== 'pair' || !value || typeof name?.value !== 'string') return [node.text, undefined]
  return [name.value, readLiteral(value)]
}
