import { prove } from '@millrace/queue/testing/prove'
import { expect, test } from 'vitest'
import { spendMemory } from './spend-memory.ts'

test('R9 100 jobs that run out of memory are told so and harm nobody', async () => {
  expect(await prove('R9', (seed) => spendMemory({ hogs: 100, neighbours: 4, compiled: true }, seed))).toEqual([])
}, 1_200_000)
