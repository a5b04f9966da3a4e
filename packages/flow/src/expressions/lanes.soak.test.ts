import { afterAll, expect, test, vi } from 'vitest'
import { Expressions } from './expressions.ts'
import { compareLanes } from './testing/compare-lanes.ts'
import { fuzzSources } from './testing/fuzz-sources.ts'

vi.setConfig({ testTimeout: 3_000_000 })

const expressions = new Expressions()
afterAll(() => expressions.stop())

test('both lanes agree on a million random expressions', async () => {
  expect(await compareLanes(expressions, 1_000_000)).toBeGreaterThan(0.5)
})

test('whatever is written gives a value or a fault, half a million times', async () => {
  expect(await fuzzSources(expressions, 500_000)).toBeGreaterThan(100)
})
