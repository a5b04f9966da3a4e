import { expect, test } from 'vitest'
import { parseExpression, type Parsed } from '../parse-expression.ts'
import { toGuestCode, toSourceOffset } from './guest-code.ts'

test.each([
  ['', 'return', false],
  ['flow_input.a', 'return (\nflow_input.a\n)', true],
  ['{ a: 1 }; // it', 'return (\n{ a: 1 }\n)', true],
  ['const a = 1; a;', 'const a = 1; return (a);', true],
  ['const f = () => { return 1 }\nf()', 'return (f())', true],
  ['function f() { return 1 }\nf()', 'return (f())', true],
  ['if (flow_input) return 1; 2', 'return (2)', false],
  ['let a = 1; if (a) { a = 2 }', 'return (', false],
])('%j has %j in its code: %s', (source, part, isThere) => {
  expect(toGuestCode(source, parsed(source)).code.includes(part)).toBe(isThere)
})

test('every place of the source is found again', () => {
  for (const source of ['flow_input.a\n + "😀" + b', 'const a = 1\n"é"; a + "😀" ; ;\n', 'return 1\n\n']) {
    const guest = toGuestCode(source, parsed(source))
    const places = [...placesOf(guest.code)].map((place) => toSourceOffset(guest, place))
    const found = new Set(places)
    const starts = [...source].map((_, index) => [...source].slice(0, index).join('').length)
    expect(starts.filter((offset) => !found.has(offset))).toEqual([])
  }
})

test('places in our own part are none, and what is inserted stands at its place', () => {
  const guest = toGuestCode('1; a', parsed('1; a'))
  expect(toSourceOffset(guest, { line: 1, column: 1 })).toBeUndefined()
  const line = guest.code.split('\n')[1] ?? ''
  expect(line).toBe('1; return (a)')
  const offsets = [4, 6, 11, 12].map((column) => toSourceOffset(guest, { line: 2, column }))
  expect(offsets).toEqual([3, 3, 3, 3])
  expect(toSourceOffset(guest, { line: 99, column: 1 })).toBeGreaterThan(4)
})

function parsed(source: string): Parsed {
  const result = parseExpression(source)
  if ('ok' in result) throw new Error(result.message)
  return result
}

function* placesOf(code: string): Generator<{ line: number; column: number }> {
  for (const [line, text] of code.split('\n').entries())
    for (let column = 1; column <= [...text].length + 1; column += 1) yield { line: line + 1, column }
}
