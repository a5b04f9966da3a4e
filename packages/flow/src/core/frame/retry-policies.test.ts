import { findRetryDelay } from '@millrace/base/retry'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runFlow, step } from '../testing/run-flow.ts'

const policy = fc.record(
  {
    constant: fc.record({ attempts: fc.nat(3), seconds: fc.nat(60) }),
    exponential: fc.record({
      attempts: fc.nat(4),
      multiplier: fc.nat(3),
      seconds: fc.nat(5),
      random_factor: fc.nat(100),
    }),
    retry_if: fc.constantFrom({ expr: 'true' }, { expr: 'false' }, { expr: "error.message.endsWith('#0')" }),
  },
  { requiredKeys: [] },
)

/** How often an error may be tried again for its `retry_if`. */
function allowed(expr: string | undefined): number {
  if (expr === 'false') return 0
  return expr === undefined || expr === 'true' ? Infinity : 1
}

test('R13 a step is tried as often as its policy says, each time after the delay of its failure', () => {
  fc.assert(
    fc.property(policy, fc.integer({ min: -1, max: 8 }), fc.nat(), (retry, fails, seed) => {
      const run = runFlow({ modules: [step('a', { fails }, { retry })] }, { seed })
      const delays = []
      for (let failures = 1; fails < 0 || failures <= fails; failures += 1) {
        const delay = failures <= allowed(retry.retry_if?.expr) ? findRetryDelay(retry, failures) : undefined
        if (delay === undefined) break
        delays.push(delay)
      }
      expect(run.runs).toHaveLength(delays.length + 1)
      expect(run.status).toBe(fails >= 0 && delays.length === fails ? 'success' : 'failure')
      const wakes = run.commands.flatMap((command) =>
        command.kind === 'wake' && command.afterMs !== undefined ? [command] : [],
      )
      expect(wakes).toEqual(delays.filter(({ afterMs }) => afterMs > 0).map((delay) => ({ kind: 'wake', ...delay })))
    }),
    { numRuns: 2000 },
  )
})
