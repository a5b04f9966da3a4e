import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { disturbNetwork } from './disturb-network.ts'

test('R7 no job is lost and none ends twice where the network between workers and database is away for a minute, slow and broken', async () => {
  expect(
    await prove('R7', (seed) => disturbNetwork({ turns: 5, leaseMs: 5000, badMs: 60_000, workers: 3 }, seed)),
  ).toEqual([])
}, 1_200_000)
