import { expect, test } from 'vitest'
import { ResultStream } from './result-stream.ts'

function read(pieces: readonly string[]): { log: string; stream: string } {
  const stream = new ResultStream()
  const all = [...pieces.map((piece) => stream.push(piece)), stream.end()]
  return { log: all.map((part) => part.log).join(''), stream: all.map((part) => part.stream).join('') }
}

const printed = 'one\nWM_STREAM: a\\nb\nWM_STREAM:no\n WM_STREAM: no\nWM_STREAM: \ntwo WM_STREAM: x\nWM_STREAM: é🦄'

test('marked lines are the result, everything else is the log', () => {
  expect(read([printed])).toEqual({
    log: 'one\nWM_STREAM:no\n WM_STREAM: no\ntwo WM_STREAM: x\n',
    stream: 'a\nbé🦄',
  })
})

test.each([1, 2, 3, 7])('it is the same in pieces of %i', (length) => {
  const pieces = printed.match(new RegExp(`[^]{1,${length}}`, 'g')) ?? []
  expect(read(pieces)).toEqual(read([printed]))
})

test('what cannot become a mark is passed on at once', () => {
  const stream = new ResultStream()
  expect(stream.push('hel')).toEqual({ log: 'hel', stream: '' })
  expect(stream.push('lo\nWM_')).toEqual({ log: 'lo\n', stream: '' })
  expect(stream.push('x')).toEqual({ log: 'WM_x', stream: '' })
})

test('a marked line that does not end is passed on in parts, whole and not kept', () => {
  const stream = new ResultStream()
  const piece = `n${'a'.repeat(9998)}\\`
  const printed = ['WM_STREAM: ', ...Array.from({ length: 1000 }, () => piece), 'n\r', '\nlog\n']
  let held = 0
  let passed = ''
  for (const [index, text] of printed.entries()) {
    const { stream: part, log } = stream.push(text)
    held = Math.max(held, index * piece.length - passed.length)
    passed += part
    expect(log).toBe(index === printed.length - 1 ? 'log\n' : '')
  }
  expect(passed === `n${'a'.repeat(9998)}\n${`${'a'.repeat(9998)}\n`.repeat(999)}`).toBe(true)
  expect(held).toBeLessThan(100_000)
})
