import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import type { Outcome } from './job.ts'
import type { Notifier } from './notifier.ts'
import type { Queue } from './queue.ts'
import { claimJobs } from './sql/claim.ts'
import { completeJobs } from './sql/complete.ts'
import { handBackJobs } from './sql/worker-lease.ts'
import { joinWorker } from './testing/join-worker.ts'
import { consumerOptions, freshTag, noop, startConsumer, startQueue, success } from './testing/queue-fixture.ts'
import { waitUntil } from './testing/wait-until.ts'

let base: TestDatabase
let queue: Queue
let notifier: Notifier
let stop: () => Promise<void>
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
  ;({ queue, notifier, stop } = await startQueue(base.db))
})
afterAll(async () => {
  await stop()
  await base.drop()
})

test('Q48 what was claimed ahead before a job that takes long goes to another worker, as if it had not been claimed', async () => {
  const tag = freshTag()
  const quick = () => Array.from({ length: 400 }, () => noop(tag))
  await queue.enqueue([...quick(), noop(tag, { scriptPath: 'u/tester/long' }), ...quick()])
  const long = Promise.withResolvers<Outcome>()
  const begun = Promise.withResolvers<void>()
  const options = () => {
    const made = consumerOptions({ db: base.db, notifier }, tag, (job) => {
      if (job.scriptPath === undefined) return success
      begun.resolve()
      return long.promise
    })
    return { ...made, worker: { ...made.worker, slots: 1 } }
  }
  const first = await startConsumer(options())
  onTestFinished(async () => {
    long.resolve(success)
    await first.stop()
  })
  await begun.promise
  const second = await startConsumer(options())
  onTestFinished(() => second.stop())
  await waitUntil('all but the long one have ended', 10_000, async () => {
    const { rows } = await base.db.pool.query('select count(*)::int as n from job_queue where tag = $1', [tag])
    return rows[0].n === 1
  })
  const { rows } = await base.db.pool.query(
    'select o.attempt, count(*)::int as n from job_outcome o join job j using (id) where j.tag = $1 group by 1',
    [tag],
  )
  expect(rows).toEqual([{ attempt: 1, n: 800 }])
})

test('Q48 a hand-back that reaches the database late leaves what the worker holds again', async () => {
  const tag = freshTag()
  const me = await joinWorker(base.db)
  await queue.enqueue([noop(tag)])
  const claim = () => claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 1 })
  const before = await claim()
  await handBackJobs(base.db, me.id, before)
  await waitUntil('the clock has gone on', 1000, async () => {
    const { rows } = await base.db.pool.query('select date_part($1, clock_timestamp()) * 1000 as ms', ['epoch'])
    return rows[0].ms > (before[0]?.startedAt.getTime() ?? Infinity) + 2
  })
  const again = await claim()
  expect(again.map(({ id, attempt }) => [id, attempt])).toEqual(before.map(({ id, attempt }) => [id, attempt]))
  await handBackJobs(base.db, me.id, before)
  const { rows } = await base.db.pool.query('select state from job_queue where tag = $1', [tag])
  expect(rows).toEqual([{ state: 'running' }])
})

test('a run began when its worker began it, not when it was claimed', async () => {
  const tag = freshTag()
  const me = await joinWorker(base.db)
  await queue.enqueue([noop(tag), noop(tag)])
  const jobs = await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 2 })
  await completeJobs(
    base.db,
    { id: me.id, name: 'me' },
    jobs.map((job, nth) => ({ job, outcome: nth === 0 ? success : { ...success, aheadMs: 60_000 } })),
  )
  const { rows } = await base.db.pool.query(
    `select floor((date_part('epoch', started_at) * 1000 - $2) / 1000) as late_s, wait_ms >= 60000 as waited from job_outcome
     where id = any ($1) order by id`,
    [jobs.map(({ id }) => id), jobs[0]?.startedAt.getTime()],
  )
  expect(rows).toEqual([
    { late_s: 0, waited: false },
    { late_s: 60, waited: true },
  ])
})
