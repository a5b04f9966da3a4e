import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { beginNear } from './begin-near.ts'

test('R7 Q44 Q45 no job is lost and none ends twice where jobs begin as they are written and the network is bad', async () => {
  expect(await prove('R7', (seed) => beginNear({ turns: 4, leaseMs: 1000, badMs: 800, clients: 3 }, seed))).toEqual([])
}, 90_000)
