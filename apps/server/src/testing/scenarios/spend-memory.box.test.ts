import { prove } from '@millrace/queue/testing/prove'
import { expect, test } from 'vitest'
import { whyNoBox } from '../why-no-box.ts'
import { spendMemory } from './spend-memory.ts'

test('R9 a job that runs out of memory is told so and harms nobody', async ({ skip }) => {
  const why = await whyNoBox()
  skip(why !== undefined, why)
  expect(await prove('R9', (seed) => spendMemory({ hogs: 10, neighbours: 2, compiled: false }, seed))).toEqual([])
}, 120_000)
