import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { shareFairly } from './share-fairly.ts'

const plan = { many: 3000, few: 10, ms: 20, slots: 4, counted: 400, loneMin: 0.5 }

test('R20 a tenant with much to do does not keep another one waiting', async () => {
  expect(await prove('R20', (seed) => shareFairly(plan, seed))).toEqual([])
}, 90_000)
