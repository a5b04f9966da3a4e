import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { shareFairly } from './share-fairly.ts'

const plan = { many: 100_000, few: 10, ms: 20, slots: 4, counted: 4000, loneMin: 0.9 }

test('R20 a tenant with 100,000 jobs does not keep another one waiting', async () => {
  expect(await prove('R20', (seed) => shareFairly(plan, seed))).toEqual([])
}, 1_200_000)
