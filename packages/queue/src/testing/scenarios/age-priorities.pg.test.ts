import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { agePriorities } from './age-priorities.ts'

test('R21 a low priority is passed over for a while and never starves', async () => {
  expect(await prove('R21', (seed) => agePriorities({ low: 20, patienceMs: 600, batch: 5 }, seed))).toEqual([])
}, 90_000)
