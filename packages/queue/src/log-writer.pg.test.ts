import { invariant } from '@millrace/base/invariant'
import { silentLogger } from '@millrace/base/logger'
import { inTransaction } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import type { ClaimedJob } from './job.ts'
import { LogWriter } from './log-writer.ts'
import { claimJobs } from './sql/claim.ts'
import { joinWorker } from './testing/join-worker.ts'
import { freshTag, noop, startQueue } from './testing/queue-fixture.ts'

const LENGTH_MAX = 10

let base: TestDatabase
let queueing: Awaited<ReturnType<typeof startQueue>>
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
  queueing = await startQueue(base.db)
})
afterAll(async () => {
  await queueing.stop()
  await base.drop()
})

/** A job in hand and the log of its worker. */
async function claimOne(): Promise<{ readonly job: ClaimedJob; readonly logs: LogWriter }> {
  const tag = freshTag()
  const { id: workerId } = await joinWorker(base.db)
  await queueing.queue.enqueue([noop(tag)])
  const [job] = await claimJobs(base.db, { workerId, tags: [tag], limit: 1 })
  invariant(job, 'the job is ready')
  const { notifier } = queueing
  return { job, logs: new LogWriter({ db: base.db, workerId, notifier, log: silentLogger, lengthMax: LENGTH_MAX }) }
}

test('Q10 a further attempt goes on where the earlier one ended, in the room that it left', async () => {
  const { job, logs } = await claimOne()
  const first = logs.open(job)
  first.write('12345678')
  await first.finish()
  const second = logs.open({ ...job, attempt: 2 })
  second.write('9abcdef')
  await second.finish()
  const { rows } = await base.db.pool.query(
    'select seq, starts_at, chunk from job_log where job_id = $1 order by seq',
    [job.id],
  )
  expect(rows).toEqual([
    { seq: 0, starts_at: 0, chunk: '12345678' },
    { seq: 1, starts_at: 8, chunk: '9a\n[log cut: it is longer than 10 characters]\n' },
  ])
})

test('a further attempt that says nothing does not look for the log of the earlier one', async () => {
  const { job, logs } = await claimOne()
  await inTransaction(base.db, async (client) => {
    // Whoever looks waits until the test is over.
    await client.query('lock table job_log in access exclusive mode')
    expect(await logs.open({ ...job, attempt: 2 }).end()).toBeUndefined()
  })
})
