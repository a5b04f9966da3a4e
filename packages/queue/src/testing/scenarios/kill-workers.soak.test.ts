import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { killWorkers } from './kill-workers.ts'

test('R1 no job of 10,000 is lost and none ends twice while 200 workers are killed', async () => {
  expect(
    await prove('R1', (seed) => killWorkers({ jobs: 10_000, kills: 200, workers: 4, leaseMs: 2000 }, seed)),
  ).toEqual([])
}, 1_200_000)
