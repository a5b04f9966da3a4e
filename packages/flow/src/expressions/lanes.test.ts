import { afterAll, expect, test, vi } from 'vitest'
import { Expressions } from './expressions.ts'
import { compareLanes } from './testing/compare-lanes.ts'
import { fuzzSources } from './testing/fuzz-sources.ts'

vi.setConfig({ testTimeout: 60_000 })

const expressions = new Expressions()
afterAll(() => expressions.stop())

test('both lanes agree on random expressions, in results and in faults', async () => {
  expect(await compareLanes(expressions, 3000)).toBeGreaterThan(0.5)
})

test('whatever is written gives a value or a fault', async () => {
  expect(await fuzzSources(expressions, 2000)).toBeGreaterThan(100)
})
