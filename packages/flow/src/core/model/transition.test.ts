import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findDifference } from '../testing/compare.ts'
import { randomFlow } from '../testing/random-flow.ts'
import { flowOf } from '../testing/run-flow.ts'

test('random flows end as the model says, whatever the order of events (F1, F2)', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(randomFlow, fc.nat(), fc.boolean(), (value, seed, isTriggered) => {
      expect(findDifference({ flow: flowOf(value), seed, isTriggered })).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})
