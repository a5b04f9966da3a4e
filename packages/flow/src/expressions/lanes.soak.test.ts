import { afterAll, expect, test } from 'vitest'
import { Expressions } from './expressions.ts'
import { compareLanes } from './testing/compare-lanes.ts'

const expressions = new Expressions()
afterAll(() => expressions.stop())

test('both lanes agree on a million random expressions', async () => {
  expect(await compareLanes(expressions, 1_000_000)).toBeGreaterThan(0.5)
}, 3_000_000)
