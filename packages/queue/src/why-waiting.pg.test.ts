import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Queue } from './queue.ts'
import type { Notifier } from './notifier.ts'
import type { RunContext } from './consumer-options.ts'
import type { ClaimedJob, Outcome } from './job.ts'
import { claimJobs } from './sql/claim.ts'
import { markCancel, registerWorker } from './sql/worker-lease.ts'
import { consumerOptions, freshTag, noop, startConsumer, startQueue } from './testing/queue-fixture.ts'
import { waitUntil } from './testing/wait-until.ts'
import { explainWaits } from './why-waiting.ts'

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

async function why(id: string, workspaceId: string | undefined = 'admins') {
  return (await explainWaits(base.db.pool, { workspaceId, ids: [id], leaseMs: 20_000, walkMax: 100 })).get(id)
}

/** A worker's row without a worker. */
async function worker(tags: string[], slots = 1): Promise<string> {
  const id = newId()
  const about = { sandbox: 'none', isolated: false, notice: undefined, version: 't' }
  await registerWorker(base.db, { id, name: `w-${id}`, tags, slots, ...about })
  onTestFinished(async () => {
    await base.db.pool.query('delete from worker where id = $1', [id])
  })
  return id
}

async function enqueueOne(tag: string, more: Parameters<typeof noop>[1] = {}): Promise<string> {
  const [id = ''] = await queue.enqueue([noop(tag, more)])
  return id
}

test('due: a job for later', async () => {
  const dueAt = new Date(Date.now() + 60_000)
  expect(await why(await enqueueOne(freshTag(), { dueAt }))).toEqual({ cause: 'due', at: dueAt.toISOString() })
})

test('no_worker: nobody serves its tag, and the tags that are served', async () => {
  const [tag, other] = [freshTag(), freshTag()]
  await worker([other])
  const cause = await why(await enqueueOne(tag))
  expect(cause).toMatchObject({ cause: 'no_worker', tag })
  expect(cause?.cause === 'no_worker' && cause.served_tags).toContain(other)
})

test('position and workers_busy: the place in the line, across workspaces', async () => {
  const tag = freshTag()
  const me = await worker([tag], 2)
  const before = await enqueueOne(tag, { workspaceId: 'elsewhere' })
  const id = await enqueueOne(tag)
  expect(await why(id)).toEqual({ cause: 'position', tag, workers: 1, position: 2, position_is_at_least: false })
  await enqueueOne(tag, { priority: 9 })
  expect(await why(id)).toMatchObject({ position: 3 })
  expect(await claimJobs(base.db, { workerId: me, tags: [tag], limit: 2 })).toHaveLength(2)
  expect(await why(before, 'elsewhere')).toMatchObject({ cause: 'running' })
  expect(await why(id)).toMatchObject({ cause: 'workers_busy', workers: 1, slots: 2, position: 1, head_age_s: 0 })
  expect(await why(before)).toBeUndefined()
})

test('concurrency_key: the key, its limit and who holds it, ids of the own workspace only', async () => {
  const tag = freshTag()
  const options = { concurrency: { key: newId(), limit: 2 } }
  const holder = await enqueueOne(tag, { options })
  await enqueueOne(tag, { options, workspaceId: 'elsewhere' })
  expect(await why(await enqueueOne(tag, { options }))).toEqual({
    cause: 'concurrency_key',
    key: options.concurrency.key,
    limit: 2,
    held_by: [holder],
    held_elsewhere: 1,
  })
})

test('debounce: the key and until when', async () => {
  const id = await enqueueOne(freshTag(), { options: { debounce: { key: 'k', delayS: 60 } } })
  expect(await why(id)).toMatchObject({ cause: 'debounce', key: 'k' })
})

test('retry: how many runs failed and how many are allowed', async () => {
  const tag = freshTag()
  const options = { retry: { constant: { attempts: 3, seconds: 60 } } }
  const id = await enqueueOne(tag, { options })
  const consumer = await startConsumer(
    consumerOptions({ db: base.db, notifier }, tag, () => ({ status: 'failure', resultJson: null })),
  )
  await waitUntil('the run has failed', 10_000, async () => (await why(id))?.cause === 'retry')
  await consumer.stop()
  expect(await why(id)).toMatchObject({ cause: 'retry', failed_attempts: 1, attempts: 4 })
})

test('running, cancel_asked in its states, then gone', async () => {
  const tag = freshTag()
  const gate = Promise.withResolvers<void>()
  const run = async (_job: ClaimedJob, { signal }: RunContext): Promise<Outcome> => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    await gate.promise
    return { status: 'failure', resultJson: null }
  }
  const options = consumerOptions({ db: base.db, notifier }, tag, run)
  const consumer = await startConsumer(options)
  const id = await enqueueOne(tag)
  await waitUntil('it runs', 10_000, async () => (await why(id))?.cause === 'running')
  expect(await why(id)).toMatchObject({ cause: 'running', worker: options.worker.name })
  await queue.requestCancel({ workspaceId: 'admins', ids: [id], by: 'ann' })
  expect(await why(id)).toMatchObject({ cause: 'cancel_asked', state: 'asked', by: 'ann', worker: options.worker.name })
  await markCancel(base.db, id, 'signalled_at')
  expect(await why(id)).toMatchObject({ cause: 'cancel_asked', state: 'signalled' })
  await markCancel(base.db, id, 'killed_at')
  expect(await why(id)).toMatchObject({ cause: 'cancel_asked', state: 'killed' })
  gate.resolve()
  await waitUntil('it has ended', 10_000, async () => (await why(id)) === undefined)
  await consumer.stop()
})

test('worker_silent: since when, and when its jobs are taken back', async () => {
  const tag = freshTag()
  const me = await worker([tag])
  const id = await enqueueOne(tag)
  await claimJobs(base.db, { workerId: me, tags: [tag], limit: 1 })
  await base.db.pool.query(`update worker set last_seen_at = now() - interval '15 s' where id = $1`, [me])
  const cause = await why(id)
  expect(cause).toMatchObject({ cause: 'worker_silent', worker: `w-${me}`, silent_s: 15 })
  await base.db.pool.query('delete from job_queue where id = $1', [id])
})

test('suspended: on what it waits', async () => {
  const id = await enqueueOne(freshTag())
  await base.db.pool.query(`update job_queue set state = 'suspended' where id = $1`, [id])
  expect(await why(id)).toEqual({ cause: 'suspended', on: 'event', children: 0 })
  await enqueueOne(freshTag(), { parentJob: id })
  expect(await why(id)).toEqual({ cause: 'suspended', on: 'children', children: 1 })
})

test('what has ended waits for nothing', async () => {
  const id = await enqueueOne(freshTag())
  expect(await why(id)).toBeDefined()
  await queue.requestCancel({ workspaceId: 'admins', ids: [id], by: 'ann' })
  expect(await why(id)).toBeUndefined()
})
