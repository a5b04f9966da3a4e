import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { enqueueOnce } from './enqueue-once.ts'

test('R18 calls with one key are one job, however many come at once', async () => {
  expect(await prove('R18', (seed) => enqueueOnce({ calls: 100, servers: 3, alike: 20 }, seed))).toEqual([])
}, 90_000)
