import { prove } from '@millrace/queue/testing/prove'
import { expect, test } from 'vitest'
import { answerWhileAway } from './answer-while-away.ts'

test('R5 the API says 503 while the database is away, 20 times, and has what it accepted', async () => {
  expect(await prove('R5 API', (seed) => answerWhileAway({ restarts: 20, callers: 8 }, seed))).toEqual([])
}, 1_200_000)
