import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { freezeWorkers } from './freeze-workers.ts'

test('R2 workers that slept through their lease, 100 times, write nothing and keep nothing', async () => {
  expect(await prove('R2', (seed) => freezeWorkers({ freezes: 100, atOnce: 4, leaseMs: 1200 }, seed))).toEqual([])
}, 1_200_000)
