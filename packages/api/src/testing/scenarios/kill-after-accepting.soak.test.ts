import { prove } from '@millrace/queue/testing/prove'
import { expect, test } from 'vitest'
import { killAfterAccepting } from './kill-after-accepting.ts'

test('R6 jobs that were accepted are there although their servers were killed at once, 500 times', async () => {
  expect(await prove('R6', (seed) => killAfterAccepting({ kills: 500, callers: 6 }, seed))).toEqual([])
}, 1_800_000)
