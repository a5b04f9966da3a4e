import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { closeDatabase, openDatabase, type Database } from './database.ts'
import { queryJointly } from './query-jointly.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

const INSERT = 'insert into note values ($1::integer) returning n, pg_current_xact_id()::text as xact'
const insert = (n: number, name: string) => ({ name, text: INSERT.replace('note', name), values: [n] })
const DIVIDE = { name: 'divide', text: 'select 1 / $1::integer', values: [0] }

let base: TestDatabase
let db: Database

beforeAll(async () => {
  base = await createTestDatabase()
  // One connection, so that each test meets what the one before it left there.
  db = openDatabase({ url: base.url, poolSize: 1, applicationName: 'joint' })
})
beforeEach(() => db.pool.query('drop table if exists a, b; create table a (n integer); create table b (n integer)'))
afterAll(async () => {
  await closeDatabase(db)
  await base.drop()
})

async function count(table: string): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(`select count(*)::integer as n from ${table}`)
  return rows[0]?.n ?? NaN
}

test('two statements are one transaction, and each has its own answer', async () => {
  for (const n of [1, 2]) {
    const [first, second] = await Promise.all(queryJointly(db.pool, insert(n, 'a'), insert(10 * n, 'b')))
    expect([first.rows[0].n, second.rows[0].n]).toEqual([n, 10 * n])
    expect(first.rows[0].xact).toBe(second.rows[0].xact)
  }
  expect([await count('a'), await count('b')]).toEqual([2, 2])
})

test('where the first one is refused, the second one goes alone', async () => {
  const [first, second] = queryJointly(db.pool, DIVIDE, insert(1, 'b'))
  await expect(first).rejects.toMatchObject({ code: '22012' })
  expect((await second).rows).toHaveLength(1)
  expect(await count('b')).toBe(1)
})

test('where the second one is refused, the first one is as if it had not been sent, and its error is not taken for its own', async () => {
  const [first, second] = queryJointly(db.pool, insert(1, 'a'), { ...DIVIDE, name: 'divide-second' })
  const [one, other] = await Promise.allSettled([first, second])
  expect(one).toMatchObject({ status: 'rejected', reason: { cause: { code: '22012' } } })
  expect(one.status === 'rejected' && one.reason).not.toBeInstanceOf(pg.DatabaseError)
  expect(other).toMatchObject({ status: 'rejected', reason: { code: '22012' } })
  expect(await count('a')).toBe(0)
})

test('a statement that PostgreSQL skipped is not taken for prepared', async () => {
  const skipped = { ...insert(1, 'b'), name: 'never-seen' }
  const [first, second] = queryJointly(db.pool, { ...DIVIDE, name: 'divide-first' }, skipped)
  await expect(first).rejects.toThrow('division by zero')
  await second
  const [again] = queryJointly(db.pool, skipped, insert(2, 'a'))
  expect((await again).rows).toHaveLength(1)
  expect(await count('b')).toBe(2)
})

test('where the commit is refused, both fail', async () => {
  await db.pool.query('create table c (n integer unique deferrable initially deferred)')
  await db.pool.query('insert into c values (1)')
  const [first, second] = queryJointly(db.pool, insert(1, 'a'), { text: 'insert into c values (1)' })
  await expect(first).rejects.toMatchObject({ cause: { code: '23505' } })
  await expect(second).rejects.toMatchObject({ code: '23505' })
  expect(await count('a')).toBe(0)
})

test('where the connection breaks, both fail and the next ones get another connection', async () => {
  const die = { text: 'select pg_terminate_backend(pg_backend_pid())' }
  const settled = await Promise.allSettled(queryJointly(db.pool, insert(1, 'a'), die))
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await count('a')).toBe(0)
})
