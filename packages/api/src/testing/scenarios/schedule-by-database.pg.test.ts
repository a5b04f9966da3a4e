import { prove } from '@millrace/queue/testing/prove'
import { expect, test } from 'vitest'
import { scheduleByDatabase } from './schedule-by-database.ts'

test('R8 jobs that are scheduled by servers with wrong clocks are due by the clock of the database', async () => {
  expect(await prove('R8 API', () => scheduleByDatabase([300_000, -300_000]))).toEqual([])
}, 90_000)
