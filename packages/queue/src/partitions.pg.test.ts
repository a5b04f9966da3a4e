import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, inTransaction, openDatabase, type Database } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { dropOldPartitions } from './duties/drop-old-partitions.ts'
import type { DutyContext } from './duties/duty.ts'
import { makeJobPartitions, makePartitions } from './duties/make-job-partitions.ts'
import { makePartition, type MissingPartition } from './sql/make-partition.ts'
import { consumerOptions, freshTag, noop, startConsumer, startQueue, success } from './testing/queue-fixture.ts'
import { waitUntil } from './testing/wait-until.ts'

const WAIT_MS = 20_000
/** Nobody is to wait longer for a partition that is made or dropped: a few tenths for locks, the rest is a slow machine. */
const STALL_MS_MAX = 1500

let base: TestDatabase
let queued: Awaited<ReturnType<typeof startQueue>>
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
  queued = await startQueue(base.db)
})
afterAll(async () => {
  await queued.stop()
  await base.drop()
})

test('jobs are enqueued, claimed and completed while partitions are made and dropped', async () => {
  const load = await startLoad()
  for (let round = 0; round < 8; round += 1) {
    const day = `2020-02-0${round + 1}`
    await inTransaction(base.db, async (client) => void (await client.query('select make_job_partitions($1)', [day])))
    await load.more(20)
    const report = await dropOldPartitions.runOnce(context())
    expect(report).toEqual({ did: { days: [day.replaceAll('-', '')] } })
    await load.more(20)
  }
  expect(await load.end()).toBeLessThan(STALL_MS_MAX)
  expect(await partitionsOf('2020')).toEqual([])
})

test('a transaction that has the table open makes both duties come again, and stops nobody', async () => {
  const day = (await dateAhead(7)).replaceAll('-', '')
  await base.db.pool.query(`drop table job_${day}`)
  await base.db.pool.query(`select make_job_partitions('2020-03-01')`)
  const reader = await base.db.pool.connect()
  onTestFinished(() => reader.release(true))
  await reader.query('begin')
  await reader.query('select count(*) from job')
  const load = await startLoad()
  expect(await makeJobPartitions.runOnce(context())).toEqual({ againInMs: 60_000 })
  await load.more(20)
  expect(await dropOldPartitions.runOnce(context())).toEqual({ againInMs: 60_000 })
  await load.more(20)
  expect(await load.end()).toBeLessThan(STALL_MS_MAX)

  await reader.query('commit')
  expect(await makeJobPartitions.runOnce(context())).toEqual({})
  expect(await dropOldPartitions.runOnce(context())).toEqual({ did: { days: ['20200301'] } })
  expect(await partitionsOf(day)).toEqual([`job_${day}`, `job_log_${day}`, `job_outcome_${day}`, `job_result_${day}`])
}, 60_000)

test('making a partition never locks its parent against others', async () => {
  const modes = await inTransaction(base.db, async (client) => {
    await client.query(`select make_job_partition('job', '2020-04-01')`)
    const { rows } = await client.query<{ mode: string }>(
      `select mode from pg_locks where relation = 'job'::regclass and pid = pg_backend_pid()`,
    )
    return rows.map((row) => row.mode)
  })
  expect(modes).toContain('ShareUpdateExclusiveLock')
  expect(modes).not.toContain('AccessExclusiveLock')
})

test('rows of a day whose partition comes late move into it, under the same policies', async () => {
  await base.db.pool.query(
    `insert into job (id, workspace_id, kind, tag, created_by, email, permissioned_as)
     select millrace_first_id('2020-05-01 12:00Z'), 'admins', 'noop', 't', 'x', 'x', 'u/x'`,
  )
  await base.db.pool.query(`select make_job_partition('job', '2020-05-01')`)
  const { rows } = await base.db.pool.query(
    `select tableoid::regclass::text as held_by from job where id = millrace_first_id('2020-05-01 12:00Z')`,
  )
  expect(rows).toEqual([{ held_by: 'job_20200501' }])
  expect((await base.db.pool.query('select from job_20200501')).rowCount).toBe(0)
  await expect(
    base.db.pool.query(`update job set tag = 'u' where id = millrace_first_id('2020-05-01 12:00Z')`),
  ).rejects.toThrow('never changes')
})

test('a large default partition is not read while it is locked, and keeps no trace', async () => {
  const insert = (id: string, count: number) =>
    base.db.pool.query(
      `insert into job (id, workspace_id, kind, tag, created_by, email, permissioned_as, args)
       select ${id}, 'admins', 'noop', 't', 'x', 'x', 'u/x', json_build_object('text', repeat('x', 400)) from generate_series(1, $1)`,
      [count],
    )
  // Ids as a caller may choose them fit no day.
  await insert('gen_random_uuid()', 20_000)
  const day = (await dateAhead(40)).replaceAll('-', '')
  const db = openDatabase({ ...base.db.options, settings: ['client_min_messages=debug1'] })
  onTestFinished(() => closeDatabase(db))
  const notices: (string | undefined)[] = []
  db.pool.on('connect', (client) => void client.on('notice', ({ message }) => notices.push(message)))
  const missing = { parent: 'job', day: await dateAhead(40), key: 'id', isToCome: true }
  expect(await makeWhileVacuumed(db, missing)).toBe(false)
  // So many rows have come that PostgreSQL may vacuum them by itself.
  await waitUntil('it is made', 20_000, () => makePartition(db, missing))
  expect(notices.join('\n')).toContain(
    'updated partition constraint for default partition "job_default" is implied by existing constraints',
  )
  await insert(`millrace_first_id(now() + interval '41 days')`, 1)
  const next = { ...missing, day: await dateAhead(41) }
  await waitUntil('the next one is made', 20_000, () => makePartition(base.db, next))
  expect(await partitionsOf(day)).toEqual([`job_${day}`])
  const { rowCount } = await base.db.pool.query(
    `select from pg_constraint where conrelid = 'job_default'::regclass and contype = 'c' and conname like 'no_row%'`,
  )
  expect(rowCount).toBe(0)
})

test('days are vacuumed for what was inserted and frozen at once, hot tables by what died', async () => {
  const { rows } = await base.db.pool.query<{ name: string; options: string }>(
    `select relname as name, array_to_string(reloptions, ' ') as options from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace
       and (relname ~ '^job(_outcome|_log)?_(default|\\d{8})$' or relname in ('job_queue', 'worker', 'lease', 'job_cancel'))`,
  )
  const days = rows.filter(({ name }) => /_(default|\d{8})$/.test(name))
  expect(days.length).toBeGreaterThan(24)
  for (const { options } of days) expect(options).toContain('autovacuum_freeze_min_age=0')
  const hot = rows.filter((row) => !days.includes(row))
  expect(hot.map((row) => row.name).sort()).toEqual(['job_cancel', 'job_queue', 'lease', 'worker'])
  for (const { options } of hot) expect(options).toMatch(/autovacuum_vacuum_threshold=\d/)
})

function context(): DutyContext {
  return { db: base.db, notifier: queued.notifier, log: silentLogger, leaseMs: 2000, retentionDays: 30 }
}

/** The lock of a vacuum is let go of when the partition is attached or the making has given up. */
async function makeWhileVacuumed(db: Database, missing: MissingPartition): Promise<boolean> {
  const vacuum = await base.db.pool.connect()
  await vacuum.query(`begin; lock table ${missing.parent}_default in share update exclusive mode`)
  let isOver = false
  const made = makePartition(db, missing).finally(() => (isOver = true))
  await waitUntil('it is attached or given up', 20_000, async () => {
    const attaching = `select from pg_stat_activity where query like 'select make_job_partition%' and datname = current_database()`
    return isOver || (await base.db.pool.query(attaching)).rowCount !== 0
  })
  await vacuum.query('rollback')
  vacuum.release()
  return await made
}

/** The date that so many days ahead is. */
async function dateAhead(days: number): Promise<string> {
  const { rows } = await base.db.pool.query<{ day: string }>(
    `select to_char((now() at time zone 'utc')::date + $1::int, 'YYYY-MM-DD') as day`,
    [days],
  )
  return rows[0]?.day ?? ''
}

async function partitionsOf(mark: string): Promise<readonly string[]> {
  const { rows } = await base.db.pool.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relname ~ ('^job.*_' || $1) order by relname`,
    [mark],
  )
  return rows.map((row) => row.name)
}

/** Enqueues one job after the other on connections of its own, and works them off; `end` tells the longest turn of an enqueue. */
async function startLoad() {
  const db = openDatabase({ ...base.db.options, applicationName: 'load' })
  const { queue, notifier, stop } = await startQueue(db)
  const tag = freshTag()
  let ended = 0
  const consumer = await startConsumer(
    consumerOptions({ db, notifier }, tag, () => {
      ended += 1
      return success
    }),
  )
  const enough = new AbortController()
  const ids: string[] = []
  let longestMs = 0
  const enqueuing = (async () => {
    while (!enough.signal.aborted) {
      const beganMs = performance.now()
      ids.push(...(await queue.enqueue([noop(tag)])))
      longestMs = Math.max(longestMs, performance.now() - beganMs)
    }
  })()
  return {
    more(count: number) {
      const goal = ended + count
      return waitUntil(`${count} more jobs ran`, WAIT_MS, () => ended >= goal)
    },
    async end() {
      enough.abort()
      await enqueuing
      await waitUntil('all jobs have ended', WAIT_MS, async () => {
        const { rowCount } = await db.pool.query('select from job_outcome where id = any ($1)', [ids])
        return rowCount === ids.length
      })
      await consumer.stop()
      await stop()
      await closeDatabase(db)
      return longestMs
    },
  }
}
