import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { shiftClocks } from './shift-clocks.ts'

const plan = { jobs: 200, shiftMs: 300_000, dueInMsMax: 2500, leaseMs: 2000, kills: 2 }

test('R8 nothing is early and no lease ends too soon where clocks are five minutes wrong', async () => {
  expect(await prove('R8', (seed) => shiftClocks(plan, seed))).toEqual([])
}, 90_000)
