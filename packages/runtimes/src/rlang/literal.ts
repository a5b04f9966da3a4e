import {
  boolLiteral,
  listLiteral,
  nullLiteral,
  numberLiteral,
  objectLiteral,
  textLiteral,
  type Literal,
} from '../shared/literal.ts'
import { insideBrackets, splitTokens, type Token } from '../shared/tokens.ts'

const WORDS: Readonly<Record<string, Literal>> = {
  TRUE: boolLiteral(true),
  T: boolLiteral(true),
  FALSE: boolLiteral(false),
  F: boolLiteral(false),
  NULL: nullLiteral,
  NA: nullLiteral,
  NA_character_: { ...nullLiteral, typ: { str: null } },
  NA_integer_: { ...nullLiteral, typ: 'int' },
  NA_real_: { ...nullLiteral, typ: 'float' },
}
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07' }

/** The value of a literal expression: `5L`, `-1.5`, `"x"`, `TRUE`, `NULL`, `c(1, 2)`, `list(a = 1)`. */
export function readLiteral(tokens: readonly Token[]): Literal | undefined {
  const expression = tokens.filter(({ kind }) => kind !== 'break')
  const [first, second] = expression
  if (!first) return undefined
  if (first.kind === 'name' && second?.text === '(') return readCall(first.text, expression)
  if (expression.length === 1) return readWord(first)
  if (expression.length !== 2 || second?.kind !== 'number') return undefined
  const literal = readNumber(second.text)
  if (first.text === '+') return literal
  return first.text === '-' && literal ? { ...literal, value: -Number(literal.value) } : undefined
}

/** A name as it is called, without back ticks or quotes; undefined for anything else. */
export function nameOf(token: Token | undefined): string | undefined {
  if (token?.kind === 'name') return token.text.replaceAll('`', '')
  return token?.kind === 'text' ? readText(token.text) : undefined
}

function readWord(token: Token): Literal | undefined {
  switch (token.kind) {
    case 'text': {
      const text = readText(token.text)
      return text === undefined ? undefined : textLiteral(text)
    }
    case 'raw':
      return textLiteral(token.text.replace(/^.["'](-*).([\s\S]*).\1["']$/, '$2'))
    case 'number':
      return readNumber(token.text)
    default:
      return Object.hasOwn(WORDS, token.text) ? WORDS[token.text] : undefined
  }
}

/** What is written with a point or an exponent is a fraction, and `1` as well as `1L` an integer, as people mean it. */
function readNumber(written: string): Literal | undefined {
  if (written.endsWith('i')) return undefined
  const digits = written.replace(/L$/, '')
  const isWhole = /^0x/i.test(digits) || /^\d+$/.test(digits) || written.endsWith('L')
  return numberLiteral(Number(digits), isWhole)
}

function readText(quoted: string): string | undefined {
  let isText = true
  const text = quoted
    .slice(1, -1)
    .replaceAll(/\\(?:u\{?([0-9a-f]{1,4})\}?|x([0-9a-f]{1,2})|([\s\S]))/gi, (...parts) => {
      const [, point, hex, letter] = parts.map((part) => (typeof part === 'string' ? part : undefined))
      const code = point ?? hex
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
      // Octal numbers and long points are rare enough.
      if (letter === undefined || /[0-7U]/.test(letter)) isText = false
      return ESCAPES[letter ?? ''] ?? letter ?? ''
    })
  return isText ? text : undefined
}

/** `c(…)` and `list(…)`; with a name for each member they are objects. */
function readCall(name: string, expression: readonly Token[]): Literal | undefined {
  const { inside, end } = insideBrackets(expression, 1)
  if (end !== expression.length - 1 || (name !== 'c' && name !== 'list')) return undefined
  const members = splitTokens(inside, ({ text }) => text === ',')
  const named = members.flatMap((member) => {
    const key = member[1]?.text === '=' ? nameOf(member[0]) : undefined
    return key === undefined ? [] : [[key, readLiteral(member.slice(2))] as const]
  })
  if (named.length === 0) return listLiteral(members.map(readLiteral))
  return named.length === members.length ? objectLiteral(named) : undefined
}
