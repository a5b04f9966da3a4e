import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { ConsumerOptions, RunContext } from './consumer-options.ts'
import type { RunEnd } from './job.ts'
import type { Notifier } from './notifier.ts'
import type { Queue } from './queue.ts'
import {
  consumerOptions,
  freshTag,
  noop,
  outcomeOf,
  startConsumer,
  startQueue,
  success,
} from './testing/queue-fixture.ts'
import { waitUntil } from './testing/wait-until.ts'

let base: TestDatabase
let queue: Queue
let notifier: Notifier
let stop: () => Promise<void>
beforeAll(async () => {
  base = await createTestDatabase()
  await base.db.pool.query('select make_job_partitions(current_date)')
  ;({ queue, notifier, stop } = await startQueue(base.db))
})
afterAll(async () => {
  await stop()
  await base.drop()
})

interface Given {
  readonly id: string
  readonly context: RunContext
  end(end: RunEnd): void
}

/** A worker with one slot, where three more runs may wait; those of six jobs are ended by the test. */
async function startFollowing() {
  const tag = freshTag()
  const given: Given[] = []
  const following = {
    placesFor: () => 3,
    recall() {
      for (const { context, end } of given.splice(0)) if (context.isFollowing) end({ status: 'unbegun' })
    },
  }
  const run: ConsumerOptions['run'] = (job, context) => {
    if (job.argsJson === undefined) return success
    return new Promise((end) => given.push({ id: job.id, context, end }))
  }
  const options = consumerOptions({ db: base.db, notifier }, tag, run, { following, drainMs: 500 })
  // It claims ahead what it would soon have done, going by what it has done.
  const quick = Array.from({ length: 300 }, () => noop(tag))
  const ids = await queue.enqueue([...quick, ...Array.from({ length: 6 }, () => noop(tag, { args: {} }))])
  const consumer = await startConsumer({ ...options, worker: { ...options.worker, slots: 1 } })
  onTestFinished(async () => {
    for (const { end } of given) end(success)
    await consumer.stop()
  })
  const wait = (count: number) => waitUntil(`${count} runs`, 10_000, () => given.length === count)
  await wait(4)
  return { given, consumer, held: ids.slice(300), wait }
}

test('Q49 runs wait behind others in the order of the line, and fill a slot when they begin', async () => {
  const { given, held, wait } = await startFollowing()
  expect(given.map(({ id }) => id)).toEqual(held.slice(0, 4))
  expect(given.map(({ context }) => context.isFollowing)).toEqual([false, true, true, true])
  given[1]?.context.begin()
  given[0]?.end(success)
  // Its place is free, its slot is not.
  await wait(5)
  expect(given[4]?.context.isFollowing).toBe(true)
})

test('Q49 what is taken back is run again, before its equals and once', async () => {
  const { given, held, wait } = await startFollowing()
  for (const { end } of given.slice(1).toReversed()) end({ status: 'unbegun' })
  await wait(7)
  expect(given.slice(4).map(({ id }) => id)).toEqual(held.slice(1, 4))
  given[0]?.end(success)
  for (const at of [4, 5, 6]) {
    given[at]?.context.begin()
    given[at]?.end({ status: 'success', resultJson: String(at) })
  }
  for (const [nth, id] of held.slice(1, 4).entries()) {
    await waitUntil('its outcome', 10_000, async () => (await outcomeOf(base.db, id)) !== undefined)
    expect(await outcomeOf(base.db, id)).toMatchObject({ status: 'success', result: nth + 4, attempt: 1 })
  }
})

test('Q49 a job that is canceled before it begins is canceled, and the one before it goes on', async () => {
  const { given, held } = await startFollowing()
  const [first, second] = given
  const [before = '', id = ''] = held
  second?.context.signal.addEventListener('abort', () => second.end({ status: 'unbegun' }))
  await queue.requestCancel({ workspaceId: undefined, ids: [id], by: 'ada', reason: 'not needed' })
  await waitUntil('its outcome', 10_000, async () => (await outcomeOf(base.db, id)) !== undefined)
  expect(await outcomeOf(base.db, id)).toMatchObject({ status: 'canceled', canceled_by: 'ada' })
  expect(first?.context.signal.aborted).toBe(false)
  first?.end(success)
  await waitUntil('its outcome', 10_000, async () => (await outcomeOf(base.db, before)) !== undefined)
})

test('Q14 Q49 a worker that drains hands back at once what has not begun, and lets the rest end', async () => {
  const { given, consumer, held } = await startFollowing()
  const [first] = given
  const stopped = consumer.stop()
  await waitUntil('the others are ready', 10_000, async () => {
    const { rows } = await base.db.pool.query(`select id from job_queue where id = any($1) and state = 'ready'`, [held])
    return rows.length === 5
  })
  first?.end(success)
  await stopped
  expect(await outcomeOf(base.db, held[0] ?? '')).toMatchObject({ status: 'success', attempt: 1 })
})
