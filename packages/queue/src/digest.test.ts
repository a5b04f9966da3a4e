import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'

test('the digest of a value does not depend on the order of its keys', () => {
  expect(digestOf({ a: [{ x: 1, y: 2 }], b: 1 })).toBe(digestOf({ b: 1, a: [{ y: 2, x: 1 }] }))
})
