import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { disturbNetwork } from './disturb-network.ts'

test('R7 no job is lost and none ends twice where the network between workers and database is bad', async () => {
  expect(
    await prove('R7', (seed) => disturbNetwork({ turns: 5, leaseMs: 2000, badMs: 800, workers: 2 }, seed)),
  ).toEqual([])
}, 90_000)
