import { newId } from '@millrace/base/ids'
import { closeDatabase, openDatabase } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import { NearWorkers } from './near-workers.ts'
import { Queue } from './queue.ts'
import { CHANNEL } from './sql/channel.ts'
import { freshTag, noop, startQueue } from './testing/queue-fixture.ts'
import { waitUntil } from './testing/wait-until.ts'

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
})
afterAll(() => base.drop())

/** A server that only enqueues, and what another process hears of it: from its calls themselves or from its notifier. */
async function overhear() {
  const db = openDatabase({ ...base.db.options, applicationName: `calls-${newId()}` })
  const { notifier, stop } = await startQueue(db)
  const ear = await base.db.pool.connect()
  onTestFinished(async () => {
    ear.release(true)
    await stop()
    await closeDatabase(db)
  })
  const heard: { readonly from: 'call' | 'notifier'; readonly what: string }[] = []
  const { rows } = await base.db.pool.query<{ pid: number }>(
    'select pid from pg_stat_activity where application_name = $1',
    [`${db.options.applicationName}:notifier`],
  )
  ear.on('notification', ({ processId, payload }) =>
    heard.push({ from: processId === rows[0]?.pid ? 'notifier' : 'call', what: payload ?? '' }),
  )
  await ear.query(`listen ${CHANNEL}`)
  // What is heard comes with the answer of a query, in the order of the commits.
  const hear = async (count: number) => {
    await waitUntil(`${count} messages are heard`, 10_000, async () => {
      await ear.query('select')
      return heard.length >= count
    })
    return heard
  }
  return { db, notifier, hear }
}

test('Q18 a call after a pause tells others as it commits, once for each tag; not while others wait to be told', async () => {
  const { db, notifier, hear } = await overhear()
  const queue = new Queue(db, notifier)
  const [one, two] = [freshTag(), freshTag()]
  const here: string[] = []
  notifier.on('ready', (tags) => here.push(...tags))
  await queue.enqueue([noop(one), noop(one, { priority: 3 }), noop(two)])
  // It hears its own message as well.
  expect([...new Set(here)]).toEqual([one, two])
  notifier.tell('done', [one])
  await queue.enqueue([noop(one)])
  expect(await hear(3)).toEqual([
    { from: 'call', what: `ready ${one} ${two}` },
    { from: 'notifier', what: `done ${one}` },
    { from: 'notifier', what: `ready ${one}` },
  ])
})

test.each([
  ['one of many jobs', (tag: string) => Array.from({ length: 50 }, () => noop(tag))],
  ['one with a job for later', (tag: string) => [noop(tag), noop(tag, { dueInMs: 60_000 })]],
  ['one with a limit', (tag: string) => [noop(tag, { options: { concurrency: { key: tag, limit: 1 } } })]],
])('Q18 the notifier tells of %s', async (_, jobs) => {
  const { db, notifier, hear } = await overhear()
  const tag = freshTag()
  await new Queue(db, notifier).enqueue(jobs(tag))
  expect((await hear(1))[0]).toEqual({ from: 'notifier', what: `ready ${tag}` })
})

test('Q18 a process with workers tells by its notifier, whose messages it does not hear itself', async () => {
  const { db, notifier, hear } = await overhear()
  const near = new NearWorkers()
  near.join({ reserve: () => undefined })
  const tag = freshTag()
  await new Queue(db, notifier, near).enqueue([noop(tag)])
  expect(await hear(1)).toEqual([{ from: 'notifier', what: `ready ${tag}` }])
})
