import { partsOf, type Node } from '../grammar.ts'
import { boolLiteral, nullLiteral, numberLiteral, textLiteral, type Literal } from '../shared/literal.ts'

/** The value of a literal expression; `undefined` when it is anything else. */
export function readLiteral(node: Node): Literal | undefined {
  switch (node.type) {
    case 'string_literal':
    case 'character_literal':
      return readText(node)
    case 'verbatim_string_literal':
      return textLiteral(node.text.slice(2, -1).replaceAll('""', '"'))
    case 'integer_literal':
      return numberLiteral(Number(node.text.replaceAll('_', '').replace(/[uUlL]+$/, '')), true)
    case 'real_literal':
      return numberLiteral(Number(node.text.replaceAll('_', '').replace(/[fFdDmM]$/, '')), false)
    case 'boolean_literal':
      return boolLiteral(node.text === 'true')
    case 'null_literal':
      return nullLiteral
    case 'prefix_unary_expression':
      return readNegative(node)
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
  f: '\f',
  b: '\b',
  a: '\x07',
  '0': '\0',
}

function readText(node: Node): Literal | undefined {
  let text = ''
  for (const part of partsOf(node)) {
    const said = part.type === 'escape_sequence' ? readEscape(part.text) : part.text
    if (said === undefined) return undefined
    text += said
  }
  return textLiteral(text)
}

function readEscape(text: string): string | undefined {
  const [, code] = /^\\(?:[xu]|U)([0-9a-f]+)$/i.exec(text) ?? []
  if (code === undefined) return ESCAPES[text.slice(1)] ?? text.slice(1)
  const point = Number.parseInt(code, 16)
  return point <= 0x10ffff ? String.fromCodePoint(point) : undefined
}

function readNegative(node: Node): Literal | undefined {
  const [operand] = partsOf(node)
  const literal = operand ? readLiteral(operand) : undefined
  if (typeof literal?.value !== 'number') return undefined
  if (node.text.startsWith('-')) return { ...literal, value: -literal.value }
  return node.text.startsWith('+') ? literal : undefined
}
