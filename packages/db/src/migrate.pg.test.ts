import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inWorkspace, openClient } from './database.ts'
import type { LockHolder } from './lock-holders.ts'
import { migrate, MigrationError, readMigrations } from './migrate.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

let test_: TestDatabase
beforeAll(async () => {
  test_ = await createTestDatabase()
})
afterAll(() => test_.drop())

describe('migrate', () => {
  test('a second run applies nothing', async () => {
    expect((await migrate(test_.db.options)).applied).toEqual([])
  })

  test('a database that a newer version migrated is refused with a sentence', async () => {
    await test_.db.pool.query(`insert into schema_migration (name, checksum) values ('9999_future_thing.sql', 'x')`)
    await expect(migrate(test_.db.options)).rejects.toThrow(MigrationError)
    await test_.db.pool.query(`delete from schema_migration where name = '9999_future_thing.sql'`)
  })

  test('a migration that was changed after it ran is refused', async () => {
    const { rows } = await test_.db.pool.query(
      `update schema_migration set checksum = 'x' || checksum where name like '0001%' returning name`,
    )
    await expect(migrate(test_.db.options)).rejects.toThrow(/append-only/)
    expect(rows).toHaveLength(1)
    await test_.db.pool.query(`update schema_migration set checksum = substr(checksum, 2) where name like '0001%'`)
  })
})

describe('a migration of a table that is in use', () => {
  const name = '9000_worker_note.sql'
  const adding = async () => [
    ...(await readMigrations()),
    { name, text: 'alter table worker add column note text', checksum: 'of the test' },
  ]

  test('lets go of its place in the line and tries again until the table is free, and so stops nobody', async () => {
    const own = await createTestDatabase()
    const { pool, options } = own.db
    const blocker = await openBlocker(own)
    const { rows } = await blocker.query<{ pid: number }>('select pg_backend_pid() as pid')
    const waits: (readonly LockHolder[])[] = []
    const migrating = migrate(options, { migrations: await adding(), onWait: (_, holders) => waits.push(holders) })

    let longestMs = 0
    while (waits.length < 3) {
      const beganMs = performance.now()
      await pool.query('update worker set slots = slots')
      longestMs = Math.max(longestMs, performance.now() - beganMs)
    }
    expect(longestMs).toBeLessThan(1500)
    expect(waits[0]?.map((holder) => holder.pid)).toEqual([rows[0]?.pid])
    await blocker.query('commit')
    expect((await migrating).applied).toEqual([name])
    await blocker.end()
    await own.drop()
  })

  test('gives up with the names of the sessions that are in its way', async () => {
    const own = await createTestDatabase()
    const blocker = await openBlocker(own)
    await expect(migrate(own.db.options, { migrations: await adding(), patienceMs: 0 })).rejects.toThrow(
      /9000_worker_note.* lock timeout.* hold its tables; end them: process \d+ \(blocker, millrace, idle in transaction\)/,
    )
    await blocker.end()
    await own.drop()
  })
})

/** A session that has read `worker` in a transaction that stays open. */
async function openBlocker({ url }: TestDatabase) {
  const client = openClient({ url, poolSize: 1, applicationName: 'blocker' })
  await client.connect()
  await client.query('begin')
  await client.query('select from worker')
  return client
}

describe('row-level security', () => {
  test('a connection that named no workspace sees no row, one that named a workspace only its own', async () => {
    const { pool } = test_.db
    await pool.query(`insert into workspace (id, name, owner) values ('one', 'One', 'x'), ('two', 'Two', 'x')`)
    const client = await pool.connect()
    await client.query('begin')
    await client.query(`set local millrace.workspace = ''`)
    expect((await client.query('select id from workspace')).rows).toEqual([])
    await client.query('rollback')
    client.release()
    const seen = await inWorkspace(test_.db, 'one', (tx) => tx.selectFrom('workspace').select('id').execute())
    expect(seen).toEqual([{ id: 'one' }])
    await expect(
      inWorkspace(test_.db, 'one', (tx) =>
        tx.insertInto('member').values({ workspace_id: 'two', username: 'x', email: 'x' }).execute(),
      ),
    ).rejects.toThrow(/row-level security/)
  })

  test('every table with a workspace has row-level security, enabled and forced', async () => {
    const { rows } = await test_.db.pool.query<{ relname: string }>(
      `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
       where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relname <> 'token'
         and not (c.relrowsecurity and c.relforcerowsecurity)`,
    )
    expect(rows).toEqual([])
  })

  test('a partition named directly shows nothing', async () => {
    await test_.db.pool.query(`select make_job_partitions(current_date)`)
    const { rows } = await test_.db.pool.query<{ name: string }>(
      `select 'job_' || to_char(current_date, 'YYYYMMDD') as name`,
    )
    await test_.db.pool.query(
      `insert into job (id, workspace_id, kind, tag, created_by, email, permissioned_as) values (millrace_first_id(now()), 'one', 'noop', 't', 'x', 'x', 'u/x')`,
    )
    expect((await test_.db.pool.query(`select from ${rows[0]?.name}`)).rowCount).toBe(0)
    expect((await test_.db.pool.query(`select from job`)).rowCount).toBe(1)
  })
})
