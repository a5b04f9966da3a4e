import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { wakeWriters } from './wake-writers.ts'

test('R24 waking others costs 64 writers at most a tenth of their throughput', async () => {
  expect(
    await prove('R24', () => wakeWriters({ writers: 64, servers: 8, pairs: 7, seconds: 4, lossMax: 0.1 })),
  ).toEqual([])
}, 1_200_000)
