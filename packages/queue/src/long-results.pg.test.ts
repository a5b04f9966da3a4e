import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { findKeptResult, findOutcome, readResultPiece } from '@millrace/db/tables/job'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import type { Notifier } from './notifier.ts'
import type { Queue } from './queue.ts'
import { storeResult } from './sql/store-result.ts'
import { consumerOptions, freshTag, noop, outcomeOf, startConsumer, startQueue } from './testing/queue-fixture.ts'
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

/** Runs a job with this result; its id. */
async function end(resultJson: string): Promise<string> {
  const tag = freshTag()
  const run = () => ({ status: 'success' as const, resultJson })
  const consumer = await startConsumer(consumerOptions({ db: base.db, notifier }, tag, run))
  onTestFinished(() => consumer.stop())
  const [id = ''] = await queue.enqueue([noop(tag)])
  await waitUntil('the job is over', 10_000, async () => (await outcomeOf(base.db, id)) !== undefined)
  return id
}

test('Q43 a long result lies in pieces beside its outcome, and comes back whole', async () => {
  const result = JSON.stringify({ text: '🦄é'.repeat(700_000), last: true })
  const id = await end(result)
  const kept = await findKeptResult(base.db.kysely, 'admins', id)
  expect(kept).toMatchObject({ status: 'success', result: null, pieces: 3, attempt: 1 })
  expect((await findOutcome(base.db.kysely, 'admins', id))?.result === result).toBe(true)
  const pieces = [0, 1, 2].map((seq) => readResultPiece(base.db.kysely, 'admins', { id, attempt: 1, seq }))
  expect((await Promise.all(pieces)).join('') === result).toBe(true)
  const { rows } = await base.db.pool.query('select result_bytes::int, log_bytes::int from job_outcome where id = $1', [
    id,
  ])
  expect(rows).toEqual([{ result_bytes: Buffer.byteLength(result), log_bytes: 0 }])
})

test('Q43 a short result lies in the row of its outcome', async () => {
  const id = await end('"short"')
  expect(await findKeptResult(base.db.kysely, 'admins', id)).toMatchObject({ result: '"short"', pieces: null })
})

test('Q43 another workspace reads no piece', async () => {
  const id = await end(JSON.stringify('x'.repeat(100_000)))
  expect(await readResultPiece(base.db.kysely, 'other', { id, attempt: 1, seq: 0 })).toBe('')
})

test('Q43 a run that does not hold its job stores nothing', async () => {
  const [id = ''] = await queue.enqueue([noop(freshTag())])
  await storeResult(base.db, '01900000-0000-7000-8000-000000000000', { id, attempt: 1 }, '"late"')
  const { rowCount } = await base.db.pool.query('select from job_result where job_id = $1', [id])
  expect(rowCount).toBe(0)
})
