import { afterAll, expect, test } from 'vitest'
import { Expressions } from './expressions.ts'
import { compareLanes } from './testing/compare-lanes.ts'

const expressions = new Expressions()
afterAll(() => expressions.stop())

test('both lanes agree on random expressions, in results and in faults', async () => {
  expect(await compareLanes(expressions, 3000)).toBeGreaterThan(0.5)
}, 60_000)
