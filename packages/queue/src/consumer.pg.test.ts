import { newId } from '@millrace/base/ids'
import { closeDatabase, openDatabase } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import type { Outcome } from './job.ts'
import type { Notifier } from './notifier.ts'
import type { Queue } from './queue.ts'
import { claimJobs } from './sql/claim.ts'
import { rescueLostJobs } from './sql/rescue.ts'
import { handBackStrays } from './sql/worker-lease.ts'
import {
  consumerOptions,
  freshTag,
  noop,
  outcomeOf,
  startConsumer,
  startQueue,
  success,
} from './testing/queue-fixture.ts'
import { joinWorker } from './testing/join-worker.ts'
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

test('Q20 a worker without a row claims nothing, for nobody would take such jobs back', async () => {
  const tag = freshTag()
  const [id = ''] = await queue.enqueue([noop(tag)])
  expect(await claimJobs(base.db, { workerId: newId(), tags: [tag], limit: 10 })).toEqual([])
  const { rows } = await base.db.pool.query('select state, attempt from job_queue where id = $1', [id])
  expect(rows).toEqual([{ state: 'ready', attempt: 0 }])
})

test('Q21 a hand-back of strays that reaches the database late leaves what was claimed since', async () => {
  const tag = freshTag()
  const me = await joinWorker(base.db)
  const narrow = openDatabase({ ...base.db.options, poolSize: 1 })
  const gate = await base.db.pool.connect()
  onTestFinished(async () => {
    gate.release(true)
    await closeDatabase(narrow)
  })
  await gate.query('select pg_advisory_lock(21)')
  await queue.enqueue([noop(tag)])
  const handingBack = handBackStrays(narrow, me.id, () => [])
  const held = narrow.pool.query('select pg_advisory_lock(21)')
  await waitUntil('its only connection is held up', 10_000, async () => {
    const { rowCount } = await base.db.pool.query(`select from pg_locks where locktype = 'advisory' and not granted`)
    return rowCount === 1
  })
  const claimed = await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 10 })
  await gate.query('select pg_advisory_unlock(21)')
  await held
  expect(await handingBack).toEqual([])
  const { rows } = await base.db.pool.query('select id, state, attempt from job_queue where tag = $1', [tag])
  expect(rows).toEqual([{ id: claimed[0]?.id, state: 'running', attempt: 1 }])
})

test('Q21 a job whose claim was committed but never answered is run all the same', async () => {
  const [tag, unanswered] = [freshTag(), freshTag()]
  const applicationName = `doubt-${newId()}`
  const db = openDatabase({ ...base.db.options, applicationName })
  const options = consumerOptions({ db, notifier }, tag, () => success)
  const both = { ...options, worker: { ...options.worker, tags: [tag, unanswered] } }
  const consumer = await startConsumer(both)
  onTestFinished(async () => {
    await consumer.stop()
    await closeDatabase(db)
  })
  const blocker = await base.db.pool.connect()
  onTestFinished(() => blocker.release(true))
  await blocker.query('begin; lock table job_queue in access exclusive mode')
  notifier.tellHere('ready', [])
  await waitUntil('the consumer is in the middle of a claim', 10_000, async () => {
    const { rowCount } = await base.db.pool.query(
      `select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock' and query like '%claim_jobs%'`,
      [applicationName],
    )
    return rowCount === 1
  })
  // What the unanswered claim did, in its stead: the row is the worker's and the worker does not know.
  const id = newId()
  await blocker.query(
    `insert into job (id, workspace_id, kind, tag, created_by, email, permissioned_as)
     values ($1, 'admins', 'noop', $2, 'tester', 't@example.org', 'u/tester')`,
    [id, unanswered],
  )
  await blocker.query(
    `insert into job_queue (id, workspace_id, tag, state, attempt, worker_id, started_at)
     values ($1, 'admins', $2, 'running', 1, $3, now())`,
    [id, unanswered, both.worker.id],
  )
  await base.db.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`,
    [applicationName],
  )
  await blocker.query('commit')
  await waitUntil('the job has ended', 10_000, async () => (await outcomeOf(base.db, id)) !== undefined)
  expect(await outcomeOf(base.db, id)).toMatchObject({ status: 'success', attempt: 1 })
})

test('Q13 a consumer that lost its lease is stopped as soon as its last run has ended', async () => {
  const tag = freshTag()
  const begun = Promise.withResolvers<void>()
  const over = Promise.withResolvers<Outcome>()
  const run = () => {
    begun.resolve()
    return over.promise
  }
  const options = consumerOptions({ db: base.db, notifier }, tag, run, { leaseMs: 3000, drainMs: 60_000 })
  const consumer = await startConsumer(options)
  await queue.enqueue([noop(tag)])
  await begun.promise
  await base.db.pool.query(`update worker set last_seen_at = now() - interval '1 hour' where id = $1`, [
    options.worker.id,
  ])
  await rescueLostJobs(base.db, 3000)
  await consumer.onLost
  const stopped = consumer.stop()
  over.resolve(success)
  await stopped
  expect(consumer.runningCount).toBe(0)
}, 10_000)

test('a consumer tells of the outcomes that it wrote, and not of a run that is tried again', async () => {
  const tag = freshTag()
  const told: string[] = []
  const run = (job: { readonly priority: number }): Outcome =>
    job.priority === 2 ? { status: 'failure', resultJson: '{}' } : success
  const onCompleted = (status: string) => void told.push(status)
  const consumer = await startConsumer(consumerOptions({ db: base.db, notifier }, tag, run, { onCompleted }))
  onTestFinished(() => consumer.stop())
  const retry = { constant: { attempts: 1, seconds: 60 } }
  await queue.enqueue([noop(tag, { priority: 2, options: { retry } }), noop(tag, { priority: 2 }), noop(tag)])
  await waitUntil('only the job to be tried again is left', 10_000, async () => {
    const { rows } = await base.db.pool.query('select state from job_queue where tag = $1', [tag])
    return rows.length === 1 && rows[0].state === 'scheduled' && told.length >= 2
  })
  expect(told.sort((a, b) => a.localeCompare(b))).toEqual(['failure', 'success'])
})

test('Q19 a consumer that stopped claiming because too much was not written goes on when it is, without a poll', async () => {
  const tag = freshTag()
  await queue.enqueue(Array.from({ length: 6000 }, () => noop(tag)))
  const blocker = await base.db.pool.connect()
  onTestFinished(() => blocker.release(true))
  await blocker.query('begin; lock table job_outcome in exclusive mode')
  let left = 6000
  const done = Promise.withResolvers<void>()
  const options = consumerOptions({ db: base.db, notifier }, tag, () => success, {
    pollMs: 60_000,
    leaseMs: 20_000,
    onCompleted: () => {
      left -= 1
      if (left === 0) done.resolve()
    },
  })
  const consumer = await startConsumer({ ...options, worker: { ...options.worker, slots: 24 } })
  onTestFinished(() => consumer.stop())
  let [running, looks] = [0, 0]
  await waitUntil('the consumer claims no more', 10_000, async () => {
    const { rows } = await base.db.pool.query(
      `select count(*) as n from job_queue where tag = $1 and state = 'running'`,
      [tag],
    )
    looks = rows[0].n === running ? looks + 1 : 0
    running = rows[0].n
    return running > 2000 && looks > 10
  })
  expect(running).toBeLessThan(6000)
  await blocker.query('rollback')
  await done.promise
})
