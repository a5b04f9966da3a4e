import { prove } from '@millrace/queue/testing/prove'
import { expect, test } from 'vitest'
import { whyNoBox } from '../why-no-box.ts'
import { exhaustHost } from './exhaust-host.ts'

test('R10 jobs that take all they can get end at their bounds, and the worker goes on', async ({ skip }) => {
  const why = await whyNoBox()
  skip(why !== undefined, why)
  const plan = {
    rounds: 1,
    printedBytes: 20_000_000,
    floods: 1,
    files: 10_000,
    ways: 2,
    neighbours: 2,
    growthMbMax: 150,
  }
  expect(await prove('R10', () => exhaustHost(plan))).toEqual([])
}, 120_000)
