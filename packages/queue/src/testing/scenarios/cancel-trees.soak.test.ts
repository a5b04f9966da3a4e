import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { cancelTrees } from './cancel-trees.ts'

test('R11 1,000 cancelled trees are over soon, for good, and leave no process', async () => {
  expect(await prove('R11', (seed) => cancelTrees({ trees: 1000, workers: 8, leaseMs: 20_000 }, seed))).toEqual([])
}, 1_200_000)
