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

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  0: '\0',
  b: '\b',
  a: '\x07',
  f: '\f',
  v: '\v',
}
const SIZES: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3, tb: 1024 ** 4, pb: 1024 ** 5 }

/** The value of a literal expression; `undefined` when it is anything else. */
export function readLiteral(node: Node): Literal | undefined {
  switch (node.type) {
    case 'string_literal':
    case 'integer_literal':
    case 'real_literal':
      return readPlain(node)
    case 'variable':
      return readConstant(node.text.toLowerCase())
    case 'expression_with_unary_operator':
      return readSigned(node)
    case 'array_expression':
      return listLiteral(itemsOf(node))
    case 'hash_literal_expression':
      return objectLiteral(entriesOf(node))
    default:
      return readInner(node)
  }
}

/** The text of a literal, however many expressions are around it. */
export function readText(node: Node): string | undefined {
  const value = readLiteral(node)?.value
  return typeof value === 'string' ? value : undefined
}

/** The grammar puts an expression of each kind around the next; one with two parts computes. */
function readInner(node: Node): Literal | undefined {
  const parts = partsOf(node)
  const [only] = parts
  if (node.type === 'array_literal_expression' && parts.length > 1) return listLiteral(parts.map(readLiteral))
  // A call or a script block is no literal, whatever is in it.
  if (!only || parts.length > 1 || /^(?:command|script_block)/.test(only.type)) return undefined
  return readLiteral(only)
}

function readPlain(node: Node): Literal | undefined {
  const [inner] = partsOf(node)
  const { text } = node
  if (node.type === 'real_literal') return numberLiteral(Number(text.replace(/[dDlL]$/, '')), false)
  if (node.type === 'integer_literal') return readInteger(text)
  if (inner?.type === 'verbatim_string_characters') return textLiteral(text.slice(1, -1).replaceAll("''", "'"))
  if (inner?.type !== 'expandable_string_literal') return undefined
  // Something is put into it.
  if (/(?<!`)\$[\w{(]/.test(text)) return undefined
  const plain = text.slice(1, -1).replaceAll('""', '"')
  return textLiteral(plain.replaceAll(/`([\s\S])/g, (_, char: string) => ESCAPES[char] ?? char))
}

function readInteger(text: string): Literal | undefined {
  const [, digits = '', size = ''] = /^(0x[\da-f]+|\d+)(?:l|[us]?[ysl]|n)?([kmgtp]b)?$/i.exec(text) ?? []
  return digits === '' ? undefined : numberLiteral(Number(digits) * (SIZES[size.toLowerCase()] ?? 1), true)
}

function readConstant(name: string): Literal | undefined {
  if (name === '$true' || name === '$false') return boolLiteral(name === '$true')
  return name === '$null' ? nullLiteral : undefined
}

function readSigned(node: Node): Literal | undefined {
  const [operand] = partsOf(node)
  const literal = operand && readLiteral(operand)
  if (!literal || typeof literal.value !== 'number' || !/^[-+]/.test(node.text)) return undefined
  return numberLiteral(node.text.startsWith('-') ? -literal.value : literal.value, literal.typ === 'int')
}

/** `@(1, 2)`, and one item a line. */
function itemsOf(node: Node): readonly (Literal | undefined)[] {
  const [list] = partsOf(node)
  if (!list) return []
  return partsOf(list).flatMap((statement) => {
    const literal = readLiteral(statement)
    const isList =
      literal && typeof literal.typ === 'object' && 'list' in literal.typ && !statement.text.startsWith('@')
    return isList && Array.isArray(literal.value) ? literal.value.map((value: unknown) => literalOf(value)) : [literal]
  })
}

/** Of a list that was read already. */
function literalOf(value: unknown): Literal | undefined {
  switch (typeof value) {
    case 'string':
      return textLiteral(value)
    case 'number':
      return numberLiteral(value, Number.isInteger(value))
    case 'boolean':
      return boolLiteral(value)
    default:
      return value === null ? nullLiteral : { value, typ: 'unknown' }
  }
}

function entriesOf(node: Node): (readonly [string, Literal | undefined])[] {
  const [body] = partsOf(node)
  if (!body) return []
  return partsOf(body)
    .filter(({ type }) => type === 'hash_entry')
    .map((entry) => {
      const [key, value] = partsOf(entry)
      const name = key ? (readText(key) ?? key.text) : ''
      return [name, value && readLiteral(value)] as const
    })
}
