import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SharedTurn } from './shared-turn.ts'

const XACT = { text: 'select pg_current_xact_id()::text as xact' }

let base: TestDatabase
let db: Database

beforeAll(async () => {
  base = await createTestDatabase()
  db = openDatabase({ url: base.url, poolSize: 4, applicationName: 'turn' })
})
afterAll(async () => {
  await closeDatabase(db)
  await base.drop()
})

type Side = SharedTurn['claims']
const xact = async ({ pool }: Side) => (await pool.query<{ xact: string }>(XACT)).rows[0]?.xact
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('a claim goes in the transaction of outcomes that are sent a turn later, and of no others', async () => {
  const turn = new SharedTurn(db, () => true)
  const claim = xact(turn.claims)
  await nextTurn()
  const [outcomes, others] = [xact(turn.outcomes), xact(turn.outcomes)]
  expect(await claim).toBe(await outcomes)
  expect(await others).not.toBe(await outcomes)
})

test('a claim goes alone where no outcomes come, where none are expected, and where another claim waits', async () => {
  const turn = new SharedTurn(db, () => true)
  expect(await xact(turn.claims)).toMatch(/^\d+$/)
  const [one, other] = [xact(turn.claims), xact(turn.claims)]
  const outcomes = xact(turn.outcomes)
  expect(await one).toBe(await outcomes)
  expect(await other).not.toBe(await outcomes)

  const quiet = new SharedTurn(db, () => false)
  const alone = xact(quiet.claims)
  expect(await xact(quiet.outcomes)).not.toBe(await alone)
})

test('an answer that is lost is lost to both, whoever waits for it when', async () => {
  const turn = new SharedTurn(db, () => true)
  const claim = turn.claims.pool.query({ text: 'select pg_terminate_backend(pg_backend_pid())' })
  const settled = await Promise.allSettled([xact(turn.outcomes), claim])
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

test('behind a pooler each goes alone', async () => {
  const pooled = openDatabase({ url: base.url, poolSize: 4, applicationName: 'turn', pooler: 'transaction' })
  const turn = new SharedTurn(pooled, () => true)
  const claim = xact(turn.claims)
  expect(await xact(turn.outcomes)).not.toBe(await claim)
  await closeDatabase(pooled)
})
