import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { cancelTrees } from './cancel-trees.ts'

test('R11 cancelled trees are over soon, for good, and leave no process', async () => {
  expect(await prove('R11', (seed) => cancelTrees({ trees: 30, workers: 2, leaseMs: 5000 }, seed))).toEqual([])
}, 90_000)
