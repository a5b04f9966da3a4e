import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { holdLimit } from './hold-limit.ts'

const plan = { jobs: 10_000, slots: 5, ms: 150, workers: 20, kills: 20, leaseMs: 2000, utilisationMin: 0.95 }

test('R19 the limit of a concurrency key holds for 10,000 jobs and 20 workers, of which some are killed', async () => {
  expect(await prove('R19', (seed) => holdLimit(plan, seed))).toEqual([])
}, 1_200_000)
