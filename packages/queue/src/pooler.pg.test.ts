import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import {
  createTestDatabase,
  findPgBouncer,
  startPooler,
  type TestDatabase,
  type TestPooler,
} from '@millrace/db/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { enginePlannerSettings } from './config.ts'
import { makePartitions } from './duties/make-job-partitions.ts'
import type { ClaimedJob, Outcome } from './job.ts'
import { Keeper } from './keeper.ts'
import { Notifier } from './notifier.ts'
import { Queue } from './queue.ts'
import { consumerOptions, freshTag, noop, outcomeOf, startConsumer, success } from './testing/queue-fixture.ts'
import { waitUntil } from './testing/wait-until.ts'

const WAIT_MS = 20_000

const program = findPgBouncer()
let base: TestDatabase
let pooler: TestPooler | undefined
let db: Database

beforeAll(async () => {
  base = await createTestDatabase()
  if (program) pooler = await startPooler(program, base.url, 3)
  db = openDatabase({
    url: pooler?.url ?? base.url,
    poolSize: 10,
    applicationName: 'pooled',
    pooler: 'transaction',
    settings: enginePlannerSettings,
  })
  if (pooler) await makePartitions(db)
})
afterAll(async () => {
  await closeDatabase(db)
  await pooler?.stop()
  await base.drop()
})
beforeEach((test) => test.skip(!program, 'pgbouncer is not installed'))

describe('the queue behind PgBouncer in transaction mode', () => {
  test('jobs of several consumers come to their end, once each, without a notification', async () => {
    const tag = freshTag()
    const { queue, notifier } = await start()
    expect(notifier.isConnected).toBe(false)
    const ran: string[] = []
    const run = (job: ClaimedJob): Outcome => {
      ran.push(job.id)
      return success
    }
    await work(notifier, tag, run)
    await work((await start()).notifier, tag, run)
    const ids = await queue.enqueue(Array.from({ length: 500 }, () => noop(tag)))
    await waitUntil('all jobs have ended', WAIT_MS, async () => (await countOutcomes(ids)) === ids.length)
    expect(ran.toSorted()).toEqual([...ids].sort())
  })

  test('a caller hears of an end that another process wrote', async () => {
    const tag = freshTag()
    const { queue } = await start()
    const other = await start()
    await work(other.notifier, tag, () => success)
    const [id = ''] = await queue.enqueue([noop(tag, { awaited: true })])
    const expectation = queue.expect(id)
    expect(await expectation.ended(WAIT_MS)).toBe(true)
    expectation.close()
  })

  test('a scheduled job is promoted, a running one is cancelled, and slots of a key go on from job to job', async () => {
    const tag = freshTag()
    const { queue, notifier } = await start()
    const keeper = new Keeper({ db, notifier, log: silentLogger, leaseMs: 2000, retentionDays: 30 })
    await keeper.start()
    onTestFinished(() => keeper.stop())
    const running = Promise.withResolvers<string>()
    await work(notifier, tag, async (job, { signal }) => {
      if (job.argsJson === undefined) return success
      running.resolve(job.id)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return { status: 'failure', resultJson: 'null' }
    })
    const [due = ''] = await queue.enqueue([noop(tag, { dueAt: new Date(Date.now() + 1500) })])
    const [long = ''] = await queue.enqueue([noop(tag, { args: { long: true } })])
    const concurrency = { key: tag, limit: 1 }
    const keyed = await queue.enqueue(Array.from({ length: 5 }, () => noop(tag, { options: { concurrency } })))
    expect(await running.promise).toBe(long)
    await queue.requestCancel({ workspaceId: 'admins', ids: [long], by: 'tester' })
    const all = [due, long, ...keyed]
    await waitUntil('all jobs have ended', WAIT_MS, async () => (await countOutcomes(all)) === all.length)
    expect(await outcomeOf(db, long)).toMatchObject({ status: 'canceled' })
    expect(await outcomeOf(db, due)).toMatchObject({ status: 'success' })
  })

  test('with a direct connection beside the pooler, workers of other processes are told', async () => {
    const tag = freshTag()
    const direct = { url: base.url, poolSize: 1, applicationName: 'direct' }
    const [told, tells] = [new Notifier(direct, silentLogger), new Notifier(direct, silentLogger)]
    for (const notifier of [told, tells]) {
      await notifier.start(new AbortController().signal)
      onTestFinished(() => notifier.stop())
    }
    const heard = Promise.withResolvers<readonly string[]>()
    told.on('ready', heard.resolve)
    await new Queue(db, tells).enqueue([noop(tag)])
    expect(await heard.promise).toEqual([tag])
  })
})

/** A process's notifier and queue, through the pooler. */
async function start() {
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  onTestFinished(() => notifier.stop())
  return { notifier, queue: new Queue(db, notifier) }
}

async function work(notifier: Notifier, tag: string, run: Parameters<typeof consumerOptions>[2]) {
  const consumer = await startConsumer(consumerOptions({ db, notifier }, tag, run))
  onTestFinished(() => consumer.stop())
}

async function countOutcomes(ids: readonly string[]): Promise<number> {
  const { rowCount } = await db.pool.query('select from job_outcome where id = any ($1)', [ids])
  return rowCount ?? 0
}
