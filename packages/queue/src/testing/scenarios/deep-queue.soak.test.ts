import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { deepQueue } from './deep-queue.ts'

const plan = { rows: 1_000_000, jobsPerS: 2000, seconds: 60, isPinned: false, claimP99MsMax: 20, enqueueP99MsMax: 20 }

test('R22 with a million jobs ready a claim and an enqueue take at most 20 ms', async () => {
  expect(await prove('R22', (seed) => deepQueue(plan, seed))).toEqual([])
}, 1_200_000)

test('R23 with a million jobs ready and a transaction open all the time a claim takes at most 100 ms', async () => {
  expect(
    await prove('R23', (seed) =>
      deepQueue({ ...plan, seconds: 180, isPinned: true, claimP99MsMax: 100, enqueueP99MsMax: 100 }, seed),
    ),
  ).toEqual([])
}, 1_200_000)
