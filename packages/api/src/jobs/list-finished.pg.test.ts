import { silentLogger } from '@millrace/base/logger'
import { firstIdAt, newId } from '@millrace/base/ids'
import { inWorkspace, type Database } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import type { JobCondition } from '@millrace/db/tables/finished-jobs'
import { countOutcomes } from '@millrace/db/tables/job-count'
import { countFinishedJobs, Notifier } from '@millrace/queue'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listFinished, listFinishedPageIds } from './list-finished.ts'
import { PageMemory } from './page-memory.ts'

const DAY_MS = 86_400_000
let base: TestDatabase
let db: Database

beforeAll(async () => {
  base = await createTestDatabase()
  db = base.db
  await db.pool.query(
    `select make_job_partitions((now() at time zone 'utc')::date - n) from generate_series(0, 12) as n`,
  )
})
afterAll(() => base.drop())

interface Old {
  readonly id: string
  readonly atMs: number
  readonly by?: string
  readonly status?: string
  readonly tag?: string
  readonly worker?: string
  readonly args?: string
}

/** Finished jobs as they would have been left at their times. */
async function leave(workspace: string, jobs: readonly Old[]): Promise<void> {
  await db.pool.query(
    `with input as (
       select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
       as t(id, at, by, status, tag, worker, args)
     ), asked as (
       insert into job (id, workspace_id, kind, tag, created_by, email, permissioned_as, created_at, args)
       select id, $8, 'noop', tag, by, 'e@example.org', 'u/e', at, args::json from input
     )
     insert into job_outcome (id, workspace_id, status, started_at, finished_at, duration_ms, wait_ms, attempt, worker)
     select id, $8, status, at, at, 0, 0, 1, worker from input`,
    [
      jobs.map((job) => job.id),
      jobs.map((job) => new Date(job.atMs)),
      jobs.map((job) => job.by ?? 'many'),
      jobs.map((job) => job.status ?? 'success'),
      jobs.map((job) => job.tag ?? 'tag'),
      jobs.map((job) => job.worker ?? 'w'),
      jobs.map((job) => job.args ?? '{}'),
      workspace,
    ],
  )
}

function idAt(atMs: number): string {
  return firstIdAt(atMs).slice(0, 13) + newId().slice(13)
}

/** So many jobs evenly over the last ten days, oldest first. */
function spread(count: number): Old[] {
  const nowMs = Date.now()
  return Array.from({ length: count }, (_, nth) => {
    const atMs = nowMs - Math.round(((count - nth) * 10 * DAY_MS) / (count + 1))
    return { id: idAt(atMs), atMs }
  })
}

interface Wish {
  readonly conditions?: readonly JobCondition[]
  readonly offset?: number
  readonly limit?: number
  readonly ascending?: boolean
  readonly memory?: PageMemory
}

async function ids(workspace: string, wish: Wish = {}): Promise<readonly string[]> {
  const { conditions = [], offset = 0, limit = 1000, ascending = false, memory } = wish
  const page = { workspace, conditions, offset, limit, ascending }
  const found = await inWorkspace(db, workspace, (tx) => listFinishedPageIds(tx, memory ?? new PageMemory(), page))
  if (memory) return found
  const rows = await inWorkspace(db, workspace, (tx) => listFinished(tx, new PageMemory(), page))
  expect(rows.map((row) => row.id)).toEqual(found)
  return found
}

function by(...values: string[]): JobCondition {
  return { column: 'created_by', test: 'in', values }
}

describe('finished jobs', () => {
  test('newest first over the days and oldest first, those with ids that were chosen at their time', async () => {
    const workspace = newId()
    const old = spread(40)
    // A version 4, one below and one above all times.
    const chosen = [
      'f81d4fae-7dec-41d0-a765-00a0c91e6bf6',
      '00000000-0000-4000-8000-000000000001',
      newId().replace(/^0/, '9'),
    ]
    const mixed = old.map((job, nth) => (nth % 15 === 7 ? { ...job, id: chosen[(nth - 7) / 15] ?? job.id } : job))
    await leave(workspace, mixed)
    const newest = mixed.map((job) => job.id).reverse()
    expect(await ids(workspace)).toEqual(newest)
    expect(await ids(workspace, { ascending: true })).toEqual(newest.toReversed())
    for (const ascending of [false, true]) {
      const memory = new PageMemory()
      const pages: string[] = []
      for (let offset = 0; offset < 45; offset += 7)
        pages.push(...(await ids(workspace, { offset, limit: 7, ascending, memory })))
      expect(pages).toEqual(ascending ? newest.toReversed() : newest)
      expect(await ids(workspace, { offset: 33, limit: 4, ascending })).toEqual(pages.slice(33, 37))
    }
    expect(await ids(workspace, { offset: 100, limit: 5 })).toEqual([])
    expect(await ids(newId())).toEqual([])
  })

  test('the next page follows the last one although jobs end meanwhile', async () => {
    const workspace = newId()
    const old = spread(20)
    await leave(workspace, old)
    const memory = new PageMemory()
    const newest = old.map((job) => job.id).reverse()
    expect(await ids(workspace, { limit: 5, memory })).toEqual(newest.slice(0, 5))
    const more = { id: newId(), atMs: Date.now() }
    await leave(workspace, [more])
    expect(await ids(workspace, { limit: 5, offset: 5, memory })).toEqual(newest.slice(5, 10))
    expect(await ids(workspace, { limit: 5, memory })).toEqual([more.id, ...newest.slice(0, 4)])
    expect(await ids(workspace, { limit: 5, offset: 5, memory })).toEqual(newest.slice(4, 9))
  })

  test('rare ones are found among many by every filter, also where they are many in one place', async () => {
    const workspace = newId()
    const old = spread(6000).map((job, nth): Old => {
      const isThick = nth > 1000 && nth < 4000
      return {
        ...job,
        by: nth % 1000 === 500 ? 'rare' : 'many',
        tag: isThick ? 'thick' : 'tag',
        status: nth % 1500 === 3 ? 'failure' : 'success',
        worker: nth === 77 ? 'lone' : 'w',
      }
    })
    await leave(workspace, old)
    await db.pool.query('analyze job')
    const where = (test: (job: Old) => boolean) =>
      old
        .filter(test)
        .map((job) => job.id)
        .reverse()
    const in1 = (column: 'tag' | 'status' | 'worker', ...values: string[]): JobCondition => ({
      column,
      test: 'in',
      values,
    })
    expect(await ids(workspace, { conditions: [by('rare')], limit: 4 })).toEqual(
      where((job) => job.by === 'rare').slice(0, 4),
    )
    expect(await ids(workspace, { conditions: [by('rare'), in1('tag', 'thick')] })).toEqual(
      where((job) => job.by === 'rare' && job.tag === 'thick'),
    )
    expect(await ids(workspace, { conditions: [by('nobody', 'rare')], ascending: true })).toEqual(
      where((job) => job.by === 'rare').reverse(),
    )
    expect(await ids(workspace, { conditions: [in1('tag', 'thick')], limit: 3000 })).toEqual(
      where((job) => job.tag === 'thick'),
    )
    expect(await ids(workspace, { conditions: [in1('tag', 'thick')], offset: 1500, limit: 9 })).toEqual(
      where((job) => job.tag === 'thick').slice(1500, 1509),
    )
    expect(await ids(workspace, { conditions: [in1('status', 'failure')] })).toEqual(
      where((job) => job.status === 'failure'),
    )
    expect(await ids(workspace, { conditions: [in1('worker', 'lone')] })).toEqual(where((job) => job.worker === 'lone'))
    const after = new Date(old[5000]?.atMs ?? 0)
    for (const column of ['created_at', 'started_at', 'finished_at', 'created_or_started_at'] as const) {
      expect(await ids(workspace, { conditions: [{ column, test: 'after', at: after }] })).toEqual(
        where((job) => job.atMs > after.getTime()),
      )
      const before = { conditions: [{ column, test: 'before', at: after }] as const, limit: 10 }
      expect(await ids(workspace, before)).toEqual(where((job) => job.atMs < after.getTime()).slice(0, 10))
    }
  })

  test('arguments are looked for in the newest 2,000, and a page goes on where the last one ended', async () => {
    const workspace = newId()
    const old = spread(6100).map((job, nth): Old => ({ ...job, args: `{"n":${nth % 100}}` }))
    await leave(workspace, old)
    const conditions = [{ column: 'args', test: 'contains', json: '{"n":7}' }] as const
    const newest = old
      .filter((job) => job.args === '{"n":7}')
      .map((job) => job.id)
      .reverse()
    const memory = new PageMemory()
    expect(await ids(workspace, { conditions, limit: 5, memory })).toEqual(newest.slice(0, 5))
    expect(await ids(workspace, { conditions, limit: 5, offset: 5, memory })).toEqual(newest.slice(5, 10))
    expect(await ids(workspace, { conditions })).toEqual(newest.slice(0, 20))
  })
})

describe('counts', () => {
  test('are of all times: those that were counted once, and what came since', async () => {
    const workspace = newId()
    const old = spread(100).map((job, nth): Old => ({ ...job, tag: nth % 4 === 0 ? 'a' : 'b' }))
    await leave(workspace, [
      ...old,
      { id: 'f81d4fae-7dec-41d0-a765-00a0c91e6bf7', atMs: Date.now() - 3 * DAY_MS, tag: 'a' },
    ])
    const count = async (tags?: string[]) =>
      await inWorkspace(db, workspace, (tx) => countOutcomes(tx, workspace, tags))
    const all = async () => [await count(), await count(['a']), await count(['a', 'b', 'c']), await count(['c'])]
    const expected = [101, 26, 101, 0]
    expect(await all()).toEqual(expected)
    const notifier = new Notifier(db.options, silentLogger)
    const context = { db, notifier, log: silentLogger, leaseMs: 20_000, retentionDays: 30 }
    expect((await countFinishedJobs.runOnce(context)).did).toBeDefined()
    expect(await all()).toEqual(expected)
    expect((await countFinishedJobs.runOnce(context)).did).toBeUndefined()

    await leave(workspace, [{ id: newId(), atMs: Date.now(), tag: 'c' }])
    expect(await count(['c'])).toBe(1)

    // A job of a time that was counted ends: it is counted again.
    const lateId = idAt(Date.now() - 5 * DAY_MS)
    await db.pool.query(`insert into job_queue (id, workspace_id, tag, state) values ($1, $2, 'late', 'ready')`, [
      lateId,
      workspace,
    ])
    await countFinishedJobs.runOnce(context)
    await leave(workspace, [{ id: lateId, atMs: Date.now() - 5 * DAY_MS, tag: 'late' }])
    await db.pool.query('delete from job_queue where id = $1', [lateId])
    expect((await countFinishedJobs.runOnce(context)).did).toBeDefined()
    expect(await count(['late'])).toBe(1)
  })
})
