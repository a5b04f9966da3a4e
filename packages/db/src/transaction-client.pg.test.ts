import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closeDatabase, inTransaction, inWorkspace, openClient, openDatabase, type Database } from './database.ts'
import { migrate } from './migrate.ts'
import {
  createTestDatabase,
  findPgBouncer,
  startPooler,
  type TestDatabase,
  type TestPooler,
} from './testing/test-database.ts'

/** All clients of the pooler share them. */
const SESSIONS = 2

const program = findPgBouncer()
let base: TestDatabase
let pooler: TestPooler | undefined
let db: Database

beforeAll(async () => {
  base = await createTestDatabase()
  if (program) pooler = await startPooler(program, base.url, SESSIONS)
  db = openDatabase({
    url: pooler?.url ?? base.url,
    poolSize: 10,
    applicationName: 'pooled',
    pooler: 'transaction',
    statementTimeoutMs: 20_000,
    settings: ['enable_seqscan=off'],
  })
  await base.db.pool.query(`insert into workspace (id, name, owner) values ('one', 'One', 'x'), ('two', 'Two', 'x')`)
})
afterAll(async () => {
  await closeDatabase(db)
  await pooler?.stop()
  await base.drop()
})
beforeEach((test) => test.skip(!program, 'pgbouncer is not installed'))

describe('a database behind PgBouncer in transaction mode', () => {
  test('fewer sessions than clients serve them all, named statements included', async () => {
    const texts = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const { rows } = await db.pool.query<{ n: number; pid: number }>({
          name: `of-${index % 7}`,
          text: 'select $1::int as n, pg_backend_pid() as pid',
          values: [index],
        })
        return rows[0]
      }),
    )
    expect(texts.map((row) => row?.n)).toEqual(Array.from({ length: 60 }, (_, index) => index))
    expect(new Set(texts.map((row) => row?.pid)).size).toBeLessThanOrEqual(SESSIONS)
  })

  test('the first statement of a connection has them already', async () => {
    const fresh = openDatabase({ ...db.options, applicationName: 'fresh' })
    expect((await fresh.pool.query('select id from workspace')).rowCount).toBe(3)
    await closeDatabase(fresh)
  })

  test('every statement has the settings that a direct connection has, and leaves none behind', async () => {
    const names = [
      'millrace.workspace',
      'jit',
      'statement_timeout',
      'enable_seqscan',
      'idle_in_transaction_session_timeout',
    ]
    const settings = `select ${names.map((name) => `current_setting('${name}', true)`).join(` || ' ' || `)} as text`
    expect((await db.pool.query(settings)).rows).toEqual([{ text: '* off 20s off 1min' }])
    const inside = await inTransaction(db, (client) => client.query(settings))
    expect(inside.rows).toEqual([{ text: '* off 20s off 1min' }])
    expect(await seenByPlainClient(settings)).toEqual([' on 0 on 0'])
  })

  test('workspaces side by side on the same sessions see their own rows only', async () => {
    const seen = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const workspace = ['one', 'two'][index % 2] ?? ''
        if (index % 5 === 0) return (await db.pool.query('select id from workspace')).rowCount === 3
        const rows = await inWorkspace(db, workspace, (tx) => tx.selectFrom('workspace').select('id').execute())
        return rows.length === 1 && rows[0]?.id === workspace
      }),
    )
    expect(seen).not.toContain(false)
    expect(await seenByPlainClient('select count(*) from workspace')).toEqual(['0'])
  })

  test('a statement that fails leaves its session clean for the next', async () => {
    for (let turn = 0; turn < 2 * SESSIONS; turn += 1)
      await expect(db.pool.query('select 1 / 0')).rejects.toThrow('zero')
    expect((await db.pool.query('select count(*)::int as n from workspace')).rows).toEqual([{ n: 3 }])
    await expect(
      inWorkspace(db, 'one', (tx) =>
        tx.insertInto('member').values({ workspace_id: 'two', username: 'x', email: 'x' }).execute(),
      ),
    ).rejects.toThrow(/row-level security/)
    expect(await seenByPlainClient(`select current_setting('millrace.workspace', true)`)).toEqual([''])
  })

  test('a transaction that throws is undone, one that ends stays', async () => {
    const insert = `insert into instance_value (key, value) values ($1, '1')`
    await expect(
      inTransaction(db, async (client) => {
        await client.query(insert, ['undone'])
        throw new Error('thrown')
      }),
    ).rejects.toThrow('thrown')
    await inTransaction(db, (client) => client.query(insert, ['kept']))
    const { rows } = await base.db.pool.query(`select key from instance_value where key in ('kept', 'undone')`)
    expect(rows).toEqual([{ key: 'kept' }])
  })

  test('migrations run through it, by several servers at once', async () => {
    const options = { ...db.options, poolSize: 1 }
    await base.db.pool.query(`drop schema public cascade`)
    await base.db.pool.query(`create schema public`)
    const all = await Promise.all([migrate(options), migrate(options), migrate(options)])
    expect(all.flatMap((one) => one.applied).length).toBeGreaterThan(3)
    expect(new Set(all.flatMap((one) => one.applied)).size).toBe(all.flatMap((one) => one.applied).length)
  })

  test('rights of a superuser are put away for every statement', async () => {
    const url = (pooler?.url ?? '').replace('//millrace@', '//postgres@')
    const options = { ...db.options, url, poolSize: 1 }
    const admin = openClient(options)
    await admin.connect()
    await admin.query('drop schema public cascade')
    await admin.query('create schema public')
    await admin.end()
    const { role } = await migrate(options)
    expect(role).toBe('millrace_app')
    const own = openDatabase({ ...db.options, url, role: 'millrace_app' })
    const users = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const ask = 'select current_user::text as name, session_user::text as login'
        const result = index % 2 === 0 ? own.pool.query(ask) : inTransaction(own, (client) => client.query(ask))
        return (await result).rows[0] as unknown
      }),
    )
    await closeDatabase(own)
    expect(new Set(users.map((user) => JSON.stringify(user)))).toEqual(
      new Set(['{"name":"millrace_app","login":"postgres"}']),
    )
  })
})

/** What a query answers in each session of the pooler to a client that sets nothing. */
async function seenByPlainClient(text: string): Promise<readonly string[]> {
  const plain = new pg.Client({ connectionString: pooler?.url })
  await plain.connect()
  try {
    const found = new Set<string>()
    for (let turn = 0; turn < 5 * SESSIONS; turn += 1) {
      const { rows } = await plain.query<Record<string, string>>(text)
      found.add(String(Object.values(rows[0] ?? {})[0] ?? ''))
    }
    return [...found]
  } finally {
    await plain.end()
  }
}
