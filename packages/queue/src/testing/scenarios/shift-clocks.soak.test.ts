import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { shiftClocks } from './shift-clocks.ts'

const plan = { jobs: 5000, shiftMs: 300_000, dueInMsMax: 60_000, leaseMs: 2000, kills: 40 }

test('R8 of 5,000 jobs none is early and no lease ends too soon where clocks are five minutes wrong', async () => {
  expect(await prove('R8', (seed) => shiftClocks(plan, seed))).toEqual([])
}, 1_200_000)
