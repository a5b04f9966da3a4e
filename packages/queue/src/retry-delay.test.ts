import { expect, test } from 'vitest'
import { retryDelayMs } from './retry-delay.ts'

test('Q28 constant attempts come first, then exponential ones, then none', () => {
  const policy = {
    constant: { attempts: 2, seconds: 5 },
    exponential: { attempts: 3, multiplier: 2, seconds: 3 },
  }
  expect([1, 2, 3, 4, 5, 6].map((failures) => retryDelayMs(policy, failures, 0.5))).toEqual([
    5000,
    5000,
    6000,
    18_000,
    54_000,
    undefined,
  ])
})

test('Q28 a random factor spreads the delay by its percentage at the most', () => {
  const policy = { exponential: { attempts: 1, multiplier: 1, seconds: 10, random_factor: 20 } }
  expect([0, 0.5, 1].map((random) => retryDelayMs(policy, 1, random))).toEqual([8000, 10_000, 12_000])
})

test('Q28 a policy without attempts tries nothing again, and delays stay within a year', () => {
  expect(retryDelayMs({}, 1, 0)).toBeUndefined()
  expect(retryDelayMs({ exponential: { attempts: 99, multiplier: 1, seconds: 60 } }, 99, 0)).toBe(365 * 86_400_000)
})
