import { expect, test } from 'vitest'
import { BoundedCache } from './bounded-cache.ts'

test('what was not used for longest goes first', () => {
  const cache = new BoundedCache<number>(30)
  cache.set('a', 1, 10)
  cache.set('b', 2, 10)
  cache.set('c', 3, 10)
  expect(cache.get('a')).toBe(1)
  cache.set('d', 4, 10)
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual([1, undefined, 3, 4])
})

test('what is set again weighs once, and what weighs too much is not kept', () => {
  const cache = new BoundedCache<number>(30)
  cache.set('a', 1, 20)
  cache.set('a', 2, 20)
  expect(cache.get('a')).toBe(2)
  cache.set('b', 3, 31)
  expect(cache.size).toBe(0)
})
