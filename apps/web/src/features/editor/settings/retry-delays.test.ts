import { expect, test } from 'vitest'
import { retryDelays } from './retry-delays.ts'

test('constant delays come first, then those that grow, up to a year', () => {
  const retry = {
    constant: { attempts: 2, seconds: 5 },
    exponential: { attempts: 3, multiplier: 2, seconds: 3 },
  }
  expect(retryDelays(retry)).toEqual([5, 5, 6, 18, 54])
  expect(retryDelays({ exponential: { attempts: 9, multiplier: 1, seconds: 60 } }).at(-1)).toBe(365 * 86_400)
  expect(retryDelays({})).toEqual([])
})
