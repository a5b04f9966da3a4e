import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClaimedJob } from './job.ts'
import { MemoryNotes } from './memory-notes.ts'
import type { Queue } from './queue.ts'
import { claimJobs, type ClaimWish } from './sql/claim.ts'
import { completeJobs } from './sql/complete.ts'
import { joinWorker } from './testing/join-worker.ts'
import { freshTag, noop, startQueue, success } from './testing/queue-fixture.ts'

let base: TestDatabase
let queue: Queue
let stop: () => Promise<void>
beforeAll(async () => {
  base = await createTestDatabase()
  await base.db.pool.query('select make_job_partitions(current_date)')
  ;({ queue, stop } = await startQueue(base.db))
})
afterAll(async () => {
  await stop()
  await base.drop()
})

async function tenant(weight = 1): Promise<string> {
  const id = `t-${newId()}`
  await base.db.pool.query('insert into workspace (id, name, owner, queue_weight) values ($1, $1, $1, $2)', [
    id,
    weight,
  ])
  return id
}

async function fill(tag: string, workspaceId: string, count: number, more = {}): Promise<readonly string[]> {
  return await queue.enqueue(Array.from({ length: count }, () => noop(tag, { workspaceId, ...more })))
}

async function claim(tag: string, limit: number, more: Partial<ClaimWish> = {}): Promise<readonly ClaimedJob[]> {
  const me = await joinWorker(base.db)
  return await claimJobs(base.db, { workerId: me.id, tags: [tag], limit, ...more })
}

function shares(jobs: readonly ClaimedJob[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { workspaceId } of jobs) counts[workspaceId] = (counts[workspaceId] ?? 0) + 1 / jobs.length
  return counts
}

describe('fair lines', () => {
  test('Q22 the next job of another tenant stands at the front, however many the first one has enqueued', async () => {
    const [tag, a, b] = [freshTag(), await tenant(), await tenant()]
    await fill(tag, a, 3000)
    const [late = ''] = await fill(tag, b, 1)
    expect((await claim(tag, 2)).map((job) => job.id)).toContain(late)
  })

  test('Q23 tenants that all have jobs are served by their weights', async () => {
    const [tag, a, b, c] = [freshTag(), await tenant(3), await tenant(1), await tenant(0.5)]
    for (const who of [a, b, c]) await fill(tag, who, 2000)
    const served = shares(await claim(tag, 900))
    expect(served[a]).toBeCloseTo(3 / 4.5, 2)
    expect(served[b]).toBeCloseTo(1 / 4.5, 2)
    expect(served[c]).toBeCloseTo(0.5 / 4.5, 2)
  })

  test('Q23 a tenant that comes later has its share from then on, and nothing for the time before', async () => {
    const [tag, a, b] = [freshTag(), await tenant(), await tenant()]
    await fill(tag, a, 2000)
    await claim(tag, 500)
    await fill(tag, b, 1000)
    const served = shares(await claim(tag, 400))
    expect(served[a]).toBeCloseTo(0.5, 1)
    expect(served[b]).toBeCloseTo(0.5, 1)
  })

  test('Q23 a tenant alone is served without a pause', async () => {
    const [tag, a] = [freshTag(), await tenant(0.1)]
    await fill(tag, a, 50)
    expect(await claim(tag, 100)).toHaveLength(50)
  })

  test('Q5 a higher priority goes first, whoever has it', async () => {
    const [tag, a, b] = [freshTag(), await tenant(), await tenant()]
    await fill(tag, a, 10)
    const urgent = await fill(tag, b, 10, { priority: 50 })
    expect((await claim(tag, 10)).map((job) => job.id)).toEqual(urgent)
  })

  test('Q24 a lower priority that waited too long has the share of a claim that is set aside for it', async () => {
    const [tag, a] = [freshTag(), await tenant()]
    const low = await fill(tag, a, 10)
    await fill(tag, a, 100, { priority: 9 })
    const impatient = { aged: 2, patienceMs: 10_000 }
    expect((await claim(tag, 10, impatient)).filter((job) => low.includes(job.id))).toHaveLength(0)
    await base.db.pool.query(`update job_queue set due_at = now() - interval '11 seconds' where id = any ($1)`, [low])
    expect((await claim(tag, 10, impatient)).filter((job) => low.includes(job.id))).toHaveLength(2)
  })

  test('Q23 equal tags take turns by the order in which they are named', async () => {
    const [one, two, a] = [freshTag(), freshTag(), await tenant()]
    await fill(one, a, 5)
    await fill(two, a, 5)
    const me = await joinWorker(base.db)
    const tags = async (order: readonly string[]) =>
      (await claimJobs(base.db, { workerId: me.id, tags: order, limit: 2 })).map((job) => job.tag)
    expect(await tags([one, two])).toEqual([one, one])
    expect(await tags([two, one])).toEqual([two, two])
  })
})

describe('memory', () => {
  test('Q27 a claim stops before the first job that does not fit, and takes nothing past it', async () => {
    const [tag, a] = [freshTag(), await tenant()]
    const ids: string[] = []
    for (const memoryMb of [300, 300, 900, 10]) ids.push(...(await fill(tag, a, 1, { memoryMb })))
    const fitting = await claim(tag, 10, { memoryFreeMb: 1000, isIdle: false })
    expect(fitting.map((job) => job.id)).toEqual(ids.slice(0, 2))
    expect(fitting.map((job) => job.memoryMb)).toEqual([300, 300])
    expect(await claim(tag, 10, { memoryFreeMb: 400, isIdle: false })).toHaveLength(0)
  })

  test('Q27 a worker that runs nothing takes a job whatever it needs', async () => {
    const [tag, a] = [freshTag(), await tenant()]
    await fill(tag, a, 2, { memoryMb: 5000 })
    expect(await claim(tag, 10, { memoryFreeMb: 1000, isIdle: true })).toHaveLength(1)
  })

  test('Q27 what a script was seen to need is kept, and believed slowly when it needs less', async () => {
    const [tag, a] = [freshTag(), await tenant()]
    await fill(tag, a, 1, { scriptPath: 'u/a/b' })
    const [job] = await claim(tag, 1)
    if (!job) throw new Error('nothing was claimed')
    const kept = async () =>
      (await base.db.pool.query('select peak_mb from script_memory where workspace_id = $1', [a])).rows[0]?.peak_mb
    for (const [peakMb, expected] of [
      [100, 100],
      [400, 400],
      [40, 360],
    ] as const) {
      const notes = new MemoryNotes(base.db, silentLogger)
      notes.note(job, peakMb * 1_048_576)
      await notes.flush()
      expect(await kept()).toBe(expected)
    }
  })
})

test('Q5 Q6 what was claimed in order is completed and never claimed again', async () => {
  const [tag, a] = [freshTag(), await tenant()]
  const ids = await fill(tag, a, 1200)
  const me = await joinWorker(base.db)
  const seen: string[] = []
  for (;;) {
    const jobs = await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 500 })
    if (jobs.length === 0) break
    seen.push(...jobs.map((job) => job.id))
    await completeJobs(
      base.db,
      me,
      jobs.map((job) => ({ job, outcome: success })),
    )
  }
  expect(seen).toEqual(ids)
})
