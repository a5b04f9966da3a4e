import { prove } from '@millrace/queue/testing/prove'
import { expect, test } from 'vitest'
import { killAfterAccepting } from './kill-after-accepting.ts'

test('R6 a job that was accepted is there although its server was killed at once', async () => {
  expect(await prove('R6', (seed) => killAfterAccepting({ kills: 5, callers: 6 }, seed))).toEqual([])
}, 90_000)
