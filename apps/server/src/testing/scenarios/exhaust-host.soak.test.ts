import { prove } from '@millrace/queue/testing/prove'
import { expect, test } from 'vitest'
import { exhaustHost } from './exhaust-host.ts'

test('R10 jobs that take all they can get, 1 GB of output among them, end at their bounds, and the worker goes on', async () => {
  const plan = {
    rounds: 3,
    printedBytes: 1_000_000_000,
    floods: 4,
    files: 10_000,
    ways: 3,
    neighbours: 3,
    growthMbMax: 50,
  }
  expect(await prove('R10', () => exhaustHost(plan))).toEqual([])
}, 1_200_000)
