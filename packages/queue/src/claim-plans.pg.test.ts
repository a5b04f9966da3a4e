import { newId } from '@millrace/base/ids'
import { openDatabase, type Database } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enginePlannerSettings } from './config.ts'
import { makePartitions } from './duties/make-job-partitions.ts'
import { claimJobs } from './sql/claim.ts'
import { joinWorker } from './testing/join-worker.ts'

const ROWS = 50_000
/** What one claim may touch: some walks down an index and the rows that it takes. */
const BLOCKS_MAX = 2000

let base: TestDatabase
let db: Database
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
  db = openDatabase({ ...base.db.options, poolSize: 1, settings: enginePlannerSettings })
})
afterAll(async () => {
  await db.pool.end()
  await base.drop()
})

/** Jobs that nobody asked about, and places in the line of `tag`: one job at each of them. */
async function fill(tag: string, from: number, count: number): Promise<void> {
  await db.pool.query(
    `with asked as (
       insert into job (id, workspace_id, kind, tag, created_by, email, permissioned_as)
       select millrace_new_id(), 'admins', 'noop', $1, 'tester', 't@example.org', 'u/tester' from generate_series(1, $3::int)
       returning id
     )
     insert into job_queue (id, workspace_id, tag, state, fair)
     select id, 'admins', $1, 'ready', $2::bigint + row_number() over () from asked`,
    [tag, from, count],
  )
}

async function blocksRead(): Promise<number> {
  await db.pool.query('select pg_stat_force_next_flush()')
  const { rows } = await db.pool.query<{ n: number }>(
    `select sum(heap_blks_read + heap_blks_hit)::int as n from pg_statio_user_tables where relname ~ '^job_?(queue|[0-9p])'`,
  )
  return rows[0]?.n ?? 0
}

test('Q22 a claim does not read the jobs that were asked for between the oldest and the newest of its jobs', async () => {
  const [tag, first] = [`t-${newId()}`, `t-${newId()}`]
  const me = await joinWorker(db)
  // The plan is made while there are hardly any jobs.
  await fill(first, 0, 3)
  expect(await claimJobs(db, { workerId: me.id, tags: [first], limit: 3 })).toHaveLength(3)
  await fill(tag, 0, ROWS)
  await fill(tag, 0, 10)
  const before = await blocksRead()
  expect(await claimJobs(db, { workerId: me.id, tags: [tag], limit: 10 })).toHaveLength(10)
  expect((await blocksRead()) - before).toBeLessThan(BLOCKS_MAX)
})

test('Q5 nor those that it does not take, however many are ready', async () => {
  const tag = `t-${newId()}`
  await fill(tag, 0, ROWS)
  const me = await joinWorker(db)
  const before = await blocksRead()
  expect(await claimJobs(db, { workerId: me.id, tags: [tag], limit: 10 })).toHaveLength(10)
  expect((await blocksRead()) - before).toBeLessThan(BLOCKS_MAX)
})
