import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { mixFaults } from './mix-faults.ts'

test('R1 to R8 every rule holds while everything goes wrong by turns', async () => {
  expect(await prove('R1-R8', (seed) => mixFaults({ blows: 3, workers: 4, leaseMs: 2000 }, seed))).toEqual([])
}, 90_000)
