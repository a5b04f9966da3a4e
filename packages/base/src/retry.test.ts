import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawDelayMs, findRetryDelay, type RetryPolicy } from './retry.ts'

const policy: fc.Arbitrary<RetryPolicy> = fc.record(
  {
    constant: fc.record({ attempts: fc.nat(5), seconds: fc.nat(3600) }, { requiredKeys: ['attempts', 'seconds'] }),
    exponential: fc.record(
      {
        attempts: fc.nat(8),
        multiplier: fc.integer({ min: 1, max: 20 }),
        seconds: fc.nat(30),
        random_factor: fc.nat(100),
      },
      { requiredKeys: ['attempts', 'multiplier', 'seconds'] },
    ),
  },
  { requiredKeys: [] },
)

/** All delays of a policy in seconds, one after the other, by multiplication alone. */
function unroll({ constant, exponential }: RetryPolicy): readonly number[] {
  const delays: number[] = []
  for (let nth = 0; nth < (constant?.attempts ?? 0); nth += 1) delays.push(constant?.seconds ?? 0)
  let power = 1
  for (let nth = 0; nth < (exponential?.attempts ?? 0); nth += 1) {
    power *= exponential?.seconds ?? 0
    delays.push(power * (exponential?.multiplier ?? 0))
  }
  return delays.map((seconds) => Math.min(seconds, 365 * 86_400))
}

test('R13 10,000 policies: exactly the attempts and the delays of the policy, jitter within its range', () => {
  fc.assert(
    fc.property(policy, fc.double({ min: 0, max: 1, noNaN: true }), (each, random) => {
      const expected = unroll(each)
      const delays = [...expected, undefined].map((_, at) => findRetryDelay(each, at + 1))
      expect(delays.map((delay) => delay?.afterMs)).toEqual([...expected.map((seconds) => seconds * 1000), undefined])
      const factor = (each.exponential?.random_factor ?? 0) / 100
      const constants = each.constant?.attempts ?? 0
      delays.forEach((delay, at) => {
        if (delay === undefined) return
        const spread = at < constants ? 0 : factor
        const drawn = drawDelayMs(delay, random)
        expect(drawn).toBeGreaterThanOrEqual(Math.floor(delay.afterMs * (1 - spread)))
        expect(drawn).toBeLessThanOrEqual(Math.ceil(delay.afterMs * (1 + spread)))
      })
    }),
    { numRuns: 10_000 },
  )
})

test('jitter reaches both ends of its range', () => {
  const delay = findRetryDelay({ exponential: { attempts: 1, multiplier: 1, seconds: 10, random_factor: 20 } }, 1)
  expect([0, 0.5, 1].map((random) => delay && drawDelayMs(delay, random))).toEqual([8000, 10_000, 12_000])
})
