import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFlow } from '../definition/parse-flow.ts'
import { findDifference } from '../testing/compare.ts'
import { randomFlow } from '../testing/random-flow.ts'

test('random flows end as the model says, whatever the order of events (F1, F2)', () => {
  fc.assert(
    fc.property(randomFlow, fc.nat(), fc.boolean(), (value, seed, isTriggered) => {
      const parsed = parseFlow(value)
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
      expect(findDifference({ flow: parsed.flow, seed, isTriggered })).toBeUndefined()
    }),
    { numRuns: Number(process.env['RUNS'] ?? 500) },
  )
})
