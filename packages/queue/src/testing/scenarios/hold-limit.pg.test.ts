import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { holdLimit } from './hold-limit.ts'

const plan = { jobs: 200, slots: 5, ms: 60, workers: 4, kills: 2, leaseMs: 2000, utilisationMin: 0.5 }

test('R19 the limit of a concurrency key holds in every moment while workers are killed', async () => {
  expect(await prove('R19', (seed) => holdLimit(plan, seed))).toEqual([])
}, 90_000)
