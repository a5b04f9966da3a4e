import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { insertWorkspace } from '@millrace/db/tables/workspace'
import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sampleLines } from './duties/sample-lines.ts'
import type { Notifier } from './notifier.ts'
import type { Queue } from './queue.ts'
import { loadAllDepths, loadLines, loadQueueView } from './queue-view.ts'
import { claimJobs } from './sql/claim.ts'
import { completeJobs } from './sql/complete.ts'
import { loadSamples } from './sql/queue-samples.ts'
import { registerWorker } from './sql/worker-lease.ts'
import { freshTag, noop, startQueue, success } from './testing/queue-fixture.ts'
import { silentLogger } from '@millrace/base/logger'

const LEASE_MS = 60_000

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

async function makeWorker(tags: string[], slots = 4): Promise<{ id: string; name: string }> {
  const id = newId()
  const more = { sandbox: 'none', isolated: false, notice: undefined, version: 't' }
  await registerWorker(base.db, { id, name: id, tags, slots, ...more })
  return { id, name: id }
}

async function makeTenant(weight = 1): Promise<string> {
  const id = `w-${newId().slice(-12)}`
  await insertWorkspace(base.db.kysely, { id, name: id, owner: 'tests', color: '' })
  await base.db.pool.query('update workspace set queue_weight = $2 where id = $1', [id, weight])
  return id
}

function many(count: number, tag: string, more: Parameters<typeof noop>[1] = {}) {
  return Array.from({ length: count }, () => noop(tag, more))
}

async function lineOf(tag: string) {
  return (await loadLines(base.db, LEASE_MS, { tags: [tag], limit: 1, offset: 0 }))[0]
}

describe('lines', () => {
  test('Q35 a tag tells its jobs by state, its workers, and the age of its head', async () => {
    const tag = freshTag()
    const me = await makeWorker([tag])
    await queue.enqueue(many(5, tag))
    await queue.enqueue(many(2, tag, { dueAt: new Date(Date.now() + 60_000) }))
    await queue.enqueue(many(3, tag, { options: { concurrency: { key: tag, limit: 1 } } }))
    await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 2 })
    await base.db.pool.query(
      `update job_queue set due_at = now() - interval '90 s' where tag = $1 and state = 'ready'`,
      [tag],
    )
    const line = await lineOf(tag)
    expect(line).toMatchObject({ ready: 4, scheduled: 2, blocked: 2, suspended: 0, running: 2, workers: 1 })
    expect(line?.isCapped).toBe(false)
    expect(line?.headAgeMs).toBeGreaterThanOrEqual(90_000)
    expect(line?.headAgeMs).toBeLessThan(120_000)
  })

  test('Q35 a worker whose lease ran out serves nobody', async () => {
    const tag = freshTag()
    const me = await makeWorker([tag])
    await queue.enqueue([noop(tag)])
    await base.db.pool.query(`update worker set last_seen_at = now() - interval '61 s' where id = $1`, [me.id])
    expect(await lineOf(tag)).toMatchObject({ ready: 1, workers: 0 })
  })

  test('Q35 a tag without ready jobs is found by what is parked or runs', async () => {
    const [parked, running] = [freshTag(), freshTag()]
    const me = await makeWorker([running])
    await queue.enqueue([noop(parked, { dueAt: new Date(Date.now() + 60_000) }), noop(running)])
    await claimJobs(base.db, { workerId: me.id, tags: [running], limit: 1 })
    const depths = await loadAllDepths(base.db, LEASE_MS)
    expect(depths.find((each) => each.tag === parked)).toMatchObject({ ready: 0, scheduled: 1, headAgeMs: undefined })
    expect(depths.find((each) => each.tag === running)).toMatchObject({ ready: 0, running: 1 })
  })

  test('Q36 shares of the next places follow the weights', async () => {
    const tag = freshTag()
    const [one, three] = [await makeTenant(1), await makeTenant(3)]
    await queue.enqueue(many(2000, tag, { workspaceId: one }))
    await queue.enqueue(many(2000, tag, { workspaceId: three }))
    const line = await lineOf(tag)
    expect(line?.tenants.map(({ workspaceId, weight, waiting }) => ({ workspaceId, weight, waiting }))).toEqual([
      { workspaceId: three, weight: 3, waiting: 2000 },
      { workspaceId: one, weight: 1, waiting: 2000 },
    ])
    expect(line?.tenants[0]?.share).toBeCloseTo(0.75, 2)
    expect(line?.tenants[1]?.share).toBeCloseTo(0.25, 2)
  })

  test('Q36 the share is what the claims then give', async () => {
    const tag = freshTag()
    const [light, heavy] = [await makeTenant(0.5), await makeTenant(2)]
    await queue.enqueue(many(1200, tag, { workspaceId: light }))
    await queue.enqueue(many(1200, tag, { workspaceId: heavy }))
    const told = (await lineOf(tag))?.tenants.find(({ workspaceId }) => workspaceId === heavy)
    const me = await makeWorker([tag])
    const jobs = await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 1000 })
    expect(told?.nextPlaces).toBe(jobs.filter((job) => job.workspaceId === heavy).length)
  })

  test('Q36 a tenant of a lower priority has no place yet and is told', async () => {
    const tag = freshTag()
    const [high, low] = [await makeTenant(), await makeTenant()]
    await queue.enqueue(many(1100, tag, { workspaceId: high, priority: 5 }))
    await queue.enqueue(many(3, tag, { workspaceId: low }))
    expect((await lineOf(tag))?.tenants).toMatchObject([
      { workspaceId: high, waiting: 1100, nextPlaces: 1000, share: 1 },
      { workspaceId: low, waiting: 3, nextPlaces: 0, share: 0 },
    ])
  })

  test('Q36 a tenant that only runs is told with what runs', async () => {
    const tag = freshTag()
    const tenant = await makeTenant()
    const me = await makeWorker([tag])
    await queue.enqueue(many(2, tag, { workspaceId: tenant }))
    await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 2 })
    expect((await lineOf(tag))?.tenants).toMatchObject([{ workspaceId: tenant, waiting: 0, running: 2 }])
  })

  test('pages are by name', async () => {
    const tags = [freshTag(), freshTag(), freshTag()].sort()
    await queue.enqueue(tags.map((tag) => noop(tag)))
    const page = (offset: number) => loadLines(base.db, LEASE_MS, { tags, limit: 2, offset })
    expect((await page(0)).map(({ tag }) => tag)).toEqual(tags.slice(0, 2))
    expect((await page(2)).map(({ tag }) => tag)).toEqual(tags.slice(2))
  })
})

describe('samples', () => {
  const context = () => ({ db: base.db, notifier, log: silentLogger, leaseMs: LEASE_MS, retentionDays: 1 })

  async function samplesOf(tag: string) {
    const { rows } = await base.db.pool.query(
      'select waiting, running, delay_ms from queue_sample where tag = $1 order by at',
      [tag],
    )
    return rows
  }

  test('Q37 a tag is sampled while jobs wait, once more as zero, and not after', async () => {
    const tag = freshTag()
    const me = await makeWorker([tag])
    await queue.enqueue(many(3, tag))
    await base.db.pool.query(`update job_queue set due_at = now() - interval '5 s' where tag = $1`, [tag])
    await sampleLines.runOnce(context())
    await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 3 })
    await sampleLines.runOnce(context())
    await sampleLines.runOnce(context())
    const [first, ...rest] = await samplesOf(tag)
    expect(first).toMatchObject({ waiting: 3, running: 0 })
    expect(first.delay_ms).toBeGreaterThanOrEqual(5000)
    expect(rest).toEqual([{ waiting: 0, running: 3, delay_ms: 0 }])
  })

  test('Q37 a tag that never waits is not sampled', async () => {
    const tag = freshTag()
    await queue.enqueue([noop(tag, { dueAt: new Date(Date.now() + 60_000) })])
    await sampleLines.runOnce(context())
    expect(await samplesOf(tag)).toEqual([])
  })

  test('old samples go, and a stretch of time shows its highest', async () => {
    const tag = freshTag()
    await base.db.pool.query(
      `insert into queue_sample (at, tag, waiting, running, delay_ms) values
         (now() - interval '8 days', $1, 1, 1, 1), (now() - interval '50 s', $1, 4, 2, 900),
         (now() - interval '40 s', $1, 7, 1, 300)`,
      [tag],
    )
    await sampleLines.runOnce(context())
    expect(await samplesOf(tag)).toHaveLength(2)
    const { from, to, points } = await loadSamples(base.db, { windowS: 600, stepS: 600 })
    expect(to.getTime() - from.getTime()).toBe(600_000)
    expect(points.filter((point) => point.tag === tag)).toEqual([
      { tag, at: from, waiting: 7, running: 2, delayMs: 900 },
    ])
  })
})

describe('scale hints', () => {
  /** A database of its own: a hint is about all that is there. */
  async function ownDatabase() {
    const own = await createTestDatabase()
    await own.db.pool.query('select make_job_partitions(current_date)')
    const started = await startQueue(own.db)
    return {
      db: own.db,
      queue: started.queue,
      async stop() {
        await started.stop()
        await own.drop()
      },
    }
  }

  test('Q38 without a worker the default group takes what waits, and its runs are assumed', async () => {
    const own = await ownDatabase()
    await own.queue.enqueue(many(40, 'a'))
    const { hints } = await loadQueueView(own.db, LEASE_MS)
    expect(hints).toMatchObject([
      {
        group: 'default',
        workers: 0,
        slotsPerWorker: 4,
        drainingSlots: 8,
        tags: [{ tag: 'a', waiting: 40, runMs: 1000, runMsSource: 'assumed', sharedBy: 1 }],
      },
    ])
    await own.stop()
  })

  test('Q38 rate, mean run, busy slots and backlog are what the rows say', async () => {
    const own = await ownDatabase()
    const id = newId()
    const more = { sandbox: 'none', isolated: false, notice: undefined, version: 't' }
    await registerWorker(own.db, { id, name: id, tags: ['a'], slots: 4, ...more })
    await own.queue.enqueue([...many(60, 'a'), ...many(10, 'nobody-takes-it')])
    const [done, running] = [
      await claimJobs(own.db, { workerId: id, tags: ['a'], limit: 20 }),
      await claimJobs(own.db, { workerId: id, tags: ['a'], limit: 6 }),
    ]
    await own.db.pool.query(`update job_queue set started_at = started_at - interval '3 s' where id = any ($1)`, [
      done.map((job) => job.id),
    ])
    await completeJobs(
      own.db,
      { id, name: id },
      done.map((job) => ({ job, outcome: success })),
    )
    const [hint] = (await loadQueueView(own.db, LEASE_MS)).hints
    expect(running).toHaveLength(6)
    expect(hint).toMatchObject({ group: 'default', workers: 1, slots: 4, busySlots: 4, slotsPerWorker: 4 })
    expect(hint?.tags).toMatchObject([{ tag: 'a', arrivalsPerS: 1, waiting: 34, runMsSource: 'outcomes' }])
    expect(hint?.tags[0]?.runMs).toBeGreaterThanOrEqual(3000)
    expect(hint?.tags[0]?.runMs).toBeLessThan(4000)
    await own.stop()
  })

  test('Q38 more arrivals than are looked at are counted over the time they took', async () => {
    const own = await ownDatabase()
    for (let batch = 0; batch < 6; batch += 1) await own.queue.enqueue(many(1000, 'a'))
    await own.db.pool.query(`alter table job disable trigger job_is_immutable`)
    await own.db.pool.query(`update job set created_at = now() - interval '10 s'`)
    const [hint] = (await loadQueueView(own.db, LEASE_MS)).hints
    expect(hint?.tags[0]?.arrivalsPerS).toBeGreaterThan(400)
    expect(hint?.tags[0]?.arrivalsPerS).toBeLessThanOrEqual(500)
    await own.stop()
  })

  test('Q38 ids of a caller’s own making are no arrivals, and are seen when they wait', async () => {
    const own = await ownDatabase()
    await own.queue.enqueue([noop('a', { id: 'ffffffff-0000-4000-8000-000000000001' })])
    const [hint] = (await loadQueueView(own.db, LEASE_MS)).hints
    expect(hint?.tags).toMatchObject([{ tag: 'a', arrivalsPerS: 0, waiting: 1 }])
    await own.stop()
  })

  test('Q38 each group has its own workers and configuration', async () => {
    const own = await ownDatabase()
    const id = newId()
    const more = { sandbox: 'none', isolated: false, notice: undefined, version: 't', group: 'gpu' }
    await registerWorker(own.db, { id, name: id, tags: ['g'], slots: 2, ...more })
    const autoscaling = { enabled: true, min_workers: 0, max_workers: 3, target_wait_ms: 1000 }
    await own.db.pool.query(`insert into config (name, config, changed_by) values ('worker__gpu', $1, 't')`, [
      JSON.stringify({ autoscaling }),
    ])
    await own.queue.enqueue([...many(20, 'g'), ...many(5, 'other')])
    await claimJobs(own.db, { workerId: id, tags: ['g'], limit: 1 })
    const { hints } = await loadQueueView(own.db, LEASE_MS)
    expect(hints).toMatchObject([
      { group: 'default', workers: 0, busySlots: 0, tags: [{ tag: 'other', waiting: 5 }] },
      {
        group: 'gpu',
        workers: 1,
        slots: 2,
        busySlots: 1,
        bounds: { workersMin: 0, workersMax: 3, targetWaitMs: 1000 },
        tags: [{ tag: 'g', waiting: 19 }],
      },
    ])
    await own.stop()
  })
})
