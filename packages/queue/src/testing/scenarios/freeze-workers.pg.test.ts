import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { freezeWorkers } from './freeze-workers.ts'

test('R2 workers that slept through their lease write nothing and keep nothing', async () => {
  expect(await prove('R2', (seed) => freezeWorkers({ freezes: 2, atOnce: 2, leaseMs: 1500 }, seed))).toEqual([])
}, 90_000)
