import { expect, test } from 'vitest'
import { parseAnsi, PLAIN } from './ansi.ts'

const ESC = '\u001b'

test('a plain line is one span', () => {
  expect(parseAnsi('hello', PLAIN)).toEqual({ spans: [{ text: 'hello', style: PLAIN }], end: PLAIN })
})

test('colours and weights part a line', () => {
  const { spans, end } = parseAnsi(`a${ESC}[1;31mb${ESC}[0mc`, PLAIN)
  expect(spans).toEqual([
    { text: 'a', style: {} },
    { text: 'b', style: { isBold: true, color: 'red' } },
    { text: 'c', style: {} },
  ])
  expect(end).toEqual(PLAIN)
})

test('a style goes on in the next line until it is reset', () => {
  const { end } = parseAnsi(`${ESC}[92mgreen`, PLAIN)
  expect(parseAnsi('still', end).spans).toEqual([{ text: 'still', style: { color: 'green' } }])
})

test('palette and true colours are skipped with all their parameters', () => {
  expect(parseAnsi(`${ESC}[38;5;31mx${ESC}[38;2;1;31;3my`, PLAIN).spans).toEqual([
    { text: 'x', style: {} },
    { text: 'y', style: {} },
  ])
})

test('cursor movements and titles leave no trace', () => {
  expect(parseAnsi(`${ESC}[2K${ESC}]0;title\u0007done`, PLAIN).spans).toEqual([{ text: 'done', style: {} }])
})
