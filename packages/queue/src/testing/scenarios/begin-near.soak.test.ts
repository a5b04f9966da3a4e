import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { beginNear } from './begin-near.ts'

test('R7 Q44 Q45 no job is lost and none ends twice in an hour of bad networks where jobs begin as they are written', async () => {
  expect(await prove('R7', (seed) => beginNear({ turns: 60, leaseMs: 5000, badMs: 10_000, clients: 6 }, seed))).toEqual(
    [],
  )
}, 3_600_000)
