import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { killWorkers } from './kill-workers.ts'

test('R1 no job is lost and none ends twice while workers are killed', async () => {
  expect(await prove('R1', (seed) => killWorkers({ jobs: 400, kills: 8, workers: 3, leaseMs: 2000 }, seed))).toEqual([])
}, 90_000)
