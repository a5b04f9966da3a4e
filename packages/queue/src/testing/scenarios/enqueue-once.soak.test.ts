import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { enqueueOnce } from './enqueue-once.ts'

test('R18 1,000 calls with one key are one job', async () => {
  expect(await prove('R18', (seed) => enqueueOnce({ calls: 1000, servers: 4, alike: 100 }, seed))).toEqual([])
}, 1_200_000)
