import { expect, test } from 'vitest'
import { GatheredText } from './gathered-text.ts'

test('what was gathered is all pieces in their order, and is taken once', () => {
  const text = new GatheredText()
  const pieces = Array.from({ length: 2500 }, (_, index) => String(index))
  for (const piece of ['', ...pieces]) text.push(piece)
  expect(text.read()).toBe(pieces.join(''))
  expect(text.length).toBe(pieces.join('').length)
  expect(text.take()).toBe(pieces.join(''))
  expect([text.take(), text.length]).toEqual(['', 0])
  expect(text.isBlank).toBe(true)
  for (const piece of [' ', '\n']) text.push(piece)
  expect(text.isBlank).toBe(true)
  text.push('a')
  expect(text.isBlank).toBe(false)
})
