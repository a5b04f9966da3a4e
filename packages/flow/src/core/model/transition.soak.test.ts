import fc from 'fast-check'
import { expect, test } from 'vitest'
import { flowOf } from '../testing/run-flow.ts'
import { findDifference } from '../testing/compare.ts'
import { randomFlow } from '../testing/random-flow.ts'

test('ten thousand random flows end as the model says, whatever the order of events (F1, F2)', () => {
  fc.assert(
    fc.property(randomFlow, fc.nat(), fc.boolean(), (value, seed, isTriggered) => {
      expect(findDifference({ flow: flowOf(value), seed, isTriggered })).toBeUndefined()
    }),
    { numRuns: 10_000 },
  )
})
