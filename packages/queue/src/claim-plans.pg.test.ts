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

test('Q5 a claim does not read the jobs that it does not take, however many are ready', async () => {
  const tag = `t-${newId()}`
  await db.pool.query(
    `with asked as (
       insert into job (id, workspace_id, kind, tag, created_by, email, permissioned_as)
       select millrace_new_id(), 'admins', 'noop', $1, 'tester', 't@example.org', 'u/tester' from generate_series(1, $2)
       returning id
     )
     insert into job_queue (id, workspace_id, tag, state, fair) select id, 'admins', $1, 'ready', row_number() over () from asked`,
    [tag, ROWS],
  )
  const me = await joinWorker(db)
  const blocks = async () => {
    await db.pool.query('select pg_stat_force_next_flush()')
    const { rows } = await db.pool.query<{ n: number }>(
      `select heap_blks_read + heap_blks_hit as n from pg_statio_user_tables where relname = 'job_queue'`,
    )
    return rows[0]?.n ?? 0
  }
  const before = await blocks()
  expect(await claimJobs(db, { workerId: me.id, tags: [tag], limit: 10 })).toHaveLength(10)
  expect((await blocks()) - before).toBeLessThan(BLOCKS_MAX)
})
