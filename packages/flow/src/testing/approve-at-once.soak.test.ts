import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { approveAtOnce } from './approve-at-once.ts'
import { preparePartitions } from './flow-fixture.ts'

const ANSWERS = 1000

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
  await preparePartitions(base.db)
})
afterAll(() => base.drop())

test('R38 of 1000 approvals at once one counts, and a restart behind it asks nobody again', async () => {
  const { first, again, ...story } = await approveAtOnce(base.db, ANSWERS)
  expect(story).toEqual({ taken: 1, refused: ANSWERS - 1, jobs: 1, runs: 1, askedAgain: 0 })
  expect(first).toMatchObject({ status: 'failure', result: { error: { message: 'not yet', step_id: 'b' } } })
  const { all, by, payload } = again.result as { all: number; by: string[]; payload: number }
  expect([again.status, all, by]).toEqual(['success', 1, [`u${payload}`]])
})
