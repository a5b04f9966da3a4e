import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

/** Runs jobs that enqueue a child of the next tag and wait for it, down to depth 0. */
async function nester(tags: readonly string[], counts: { running: number; most: number }) {
  const options = consumerOptions({ db: base.db, notifier }, '', async (job) => {
    counts.running += 1
    counts.most = Math.max(counts.most, counts.running)
    const { depth, next } = JSON.parse(job.argsJson ?? '{}')
    if (depth > 0) {
      const id = newId()
      const expectation = queue.expect(id)
      await queue.enqueue([noop(next[0], { id, args: { depth: depth - 1, next: [...next.slice(1), next[0]] } })])
      const wait = { waiterId: job.id, childId: id }
      await queue.noteWait(wait, 10_000)
      await expectation.ended(20_000)
      expectation.close()
      await queue.endWait(wait)
    }
    counts.running -= 1
    return success
  })
  return await startConsumer({ ...options, worker: { ...options.worker, tags, slots: 1 } })
}

test('Q34 runs nested ten deep end on a worker with one slot', async () => {
  const [tag, counts] = [freshTag(), { running: 0, most: 0 }]
  const consumer = await nester([tag], counts)
  const [id = ''] = await queue.enqueue([noop(tag, { args: { depth: 10, next: [tag] } })])
  expect(await queue.expect(id).ended(20_000)).toBe(true)
  await consumer.stop()
  expect(counts.most).toBe(11)
})

test('Q34 workers of one slot whose jobs wait for jobs of each other never starve', async () => {
  const [a, b, counts] = [freshTag(), freshTag(), { running: 0, most: 0 }]
  const consumers = [await nester([a], counts), await nester([b], counts)]
  const [first = '', second = ''] = await queue.enqueue([
    noop(a, { args: { depth: 3, next: [b, a] } }),
    noop(b, { args: { depth: 3, next: [a, b] } }),
  ])
  expect(await Promise.all([first, second].map((id) => queue.expect(id).ended(20_000)))).toEqual([true, true])
  await Promise.all(consumers.map((consumer) => consumer.stop()))
})

test('Q34 a job that waits starts nothing but what is waited for', async () => {
  const [tag, counts] = [freshTag(), { running: 0, most: 0 }]
  const consumer = await nester([tag], counts)
  const ids = await queue.enqueue(Array.from({ length: 20 }, () => noop(tag, { args: { depth: 1, next: [tag] } })))
  expect(await Promise.all(ids.map((id) => queue.expect(id).ended(20_000)))).not.toContain(false)
  await consumer.stop()
  expect(counts.most).toBe(2)
  expect(await outcomeOf(base.db, ids.at(-1) ?? '')).toMatchObject({ status: 'success' })
})
