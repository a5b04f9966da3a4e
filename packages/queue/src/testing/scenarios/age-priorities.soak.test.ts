import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { agePriorities } from './age-priorities.ts'

test('R21 a low priority is passed over for the usual patience and never starves', async () => {
  expect(await prove('R21', (seed) => agePriorities({ low: 500, patienceMs: 10_000, batch: 5 }, seed))).toEqual([])
}, 1_200_000)
