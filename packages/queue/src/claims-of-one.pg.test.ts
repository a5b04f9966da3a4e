import { newId } from '@millrace/base/ids'
import { openDatabase, type Database } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import type { NewJob } from './job.ts'
import { claimJobs, type ClaimWish } from './sql/claim.ts'
import { joinWorker } from './testing/join-worker.ts'
import { freshTag, noop, startQueue } from './testing/queue-fixture.ts'

let base: TestDatabase
/** Another session, which holds locks. */
let other: Database
let fixture: Awaited<ReturnType<typeof startQueue>>
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
  other = openDatabase({ ...base.db.options, poolSize: 1 })
  fixture = await startQueue(base.db)
})
afterAll(async () => {
  await fixture.stop()
  await other.pool.end()
  await base.drop()
})

let tag: string
let workerId: string
beforeEach(async () => {
  tag = freshTag()
  workerId = (await joinWorker(base.db)).id
})

const enqueue = (...jobs: readonly Partial<NewJob>[]) => fixture.queue.enqueue(jobs.map((job) => noop(tag, job)))

/** A claim of one from where the job before stood: as a worker of one tag makes it. */
async function claimBehind(fair: string, more: Partial<ClaimWish> = {}): Promise<readonly string[]> {
  const floors = new Map([[tag, { priority: 0, fair }]])
  const jobs = await claimJobs(base.db, { workerId, tags: [tag], limit: 1, floors, ...more })
  return jobs.map(({ id }) => id)
}

/** Takes the first job; where it stood. */
async function claimFirst(): Promise<string> {
  const [job] = await claimJobs(base.db, { workerId, tags: [tag], limit: 1 })
  if (!job) throw new Error('nothing was claimed')
  return job.fair
}

test('Q5 the next one behind the last is taken, and a higher priority that came meanwhile before it', async () => {
  const [, second, third] = await enqueue({}, {}, {})
  const fair = await claimFirst()
  expect(await claimBehind(fair)).toEqual([second])
  const [urgent] = await enqueue({ priority: 9 })
  expect(await claimBehind(fair)).toEqual([urgent])
  expect(await claimBehind(fair)).toEqual([third])
  const [low] = await enqueue({ priority: -1 })
  expect(await claimBehind(fair)).toEqual([low])
  expect(await claimBehind(fair)).toEqual([])
})

test('Q4 one that somebody else is about to take is passed over', async () => {
  const [, second, third] = await enqueue({}, {}, {})
  const fair = await claimFirst()
  const session = await other.pool.connect()
  try {
    await session.query('begin')
    await session.query('select from job_queue where id = $1 for update', [second])
    expect(await claimBehind(fair)).toEqual([third])
  } finally {
    await session.query('rollback')
    session.release()
  }
  expect(await claimBehind(fair)).toEqual([second])
})

test('one that needs more memory than is free waits, but not for a worker that runs nothing', async () => {
  const [, second] = await enqueue({}, {})
  const fair = await claimFirst()
  await base.db.pool.query('update job_queue set memory_mb = 100 where id = $1', [second])
  expect(await claimBehind(fair, { memoryFreeMb: 99, isIdle: false })).toEqual([])
  expect(await claimBehind(fair, { memoryFreeMb: 99, isIdle: true })).toEqual([second])
})

test('a worker that is gone, or that the keeper holds, takes nothing', async () => {
  const [, second] = await enqueue({}, {})
  const fair = await claimFirst()
  expect(await claimBehind(fair, { workerId: newId() })).toEqual([])
  const session = await other.pool.connect()
  try {
    await session.query('begin')
    await session.query('select from worker where id = $1 for update', [workerId])
    expect(await claimBehind(fair)).toEqual([])
  } finally {
    await session.query('rollback')
    session.release()
  }
  expect(await claimBehind(fair)).toEqual([second])
})
