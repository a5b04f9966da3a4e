import { inTransaction } from '@millrace/db'
import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import { claimJobs } from './sql/claim.ts'
import { insertJobs } from './sql/enqueue.ts'
import { joinWorker } from './testing/join-worker.ts'
import { freshTag, noop } from './testing/queue-fixture.ts'

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
})
afterAll(() => base.drop())

test('Q23 who enqueues while a big call of another tenant is not committed does not stand behind all of it', async () => {
  const tag = freshTag()
  const jobs = (workspaceId: string, count: number) =>
    Array.from({ length: count }, () => ({ ...noop(tag, { workspaceId }), id: newId() }))
  await inTransaction(base.db, async (client) => {
    await insertJobs(client, jobs('greedy', 1000), new Map())
    await insertJobs(base.db.pool, jobs('modest', 10), new Map())
  })
  const me = await joinWorker(base.db)
  const claimed = await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 40 })
  expect(claimed.filter((job) => job.workspaceId === 'modest')).toHaveLength(10)
})
