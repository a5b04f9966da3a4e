import { sleep } from '@millrace/base/time'
import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SharedTurn } from './shared-turn.ts'
import { consumerOptions, freshTag, noop, startConsumer, startQueue, success } from './testing/queue-fixture.ts'

const XACT = { text: 'select pg_current_xact_id()::text as xact' }

let base: TestDatabase
let db: Database

beforeAll(async () => {
  base = await createTestDatabase()
  await base.db.pool.query('select make_job_partitions(current_date)')
  db = openDatabase({ url: base.url, poolSize: 4, applicationName: 'turn' })
})
afterAll(async () => {
  await closeDatabase(db)
  await base.drop()
})

type Side = SharedTurn['claims']
const xact = async ({ pool }: Side) => (await pool.query<{ xact: string }>(XACT)).rows[0]?.xact
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('Q52 a claim goes in the transaction of outcomes that are sent a turn later, and of no others', async () => {
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

test('outcomes do not wait behind a claim where the last one was slow', async () => {
  const turn = new SharedTurn(db, () => true)
  await turn.claims.pool.query({ text: 'select pg_sleep(0.05)' })
  const [claim, outcomes] = [xact(turn.claims), xact(turn.outcomes)]
  expect(await claim).not.toBe(await outcomes)
  const next = xact(turn.claims)
  expect(await xact(turn.outcomes)).toBe(await next)
})

test('Q52 an answer that is lost is lost to both, whoever waits for it when', async () => {
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

test.for([{ key: undefined }, { key: 'one at a time' }])(
  'Q52 a worker claims its next job in the transaction that ends the last one and lets it in (key: $key)',
  async ({ key }) => {
    const { queue, notifier, stop } = await startQueue(db)
    const [tag, begun] = [freshTag(), Promise.withResolvers<string>()]
    const gate = Promise.withResolvers<void>()
    let runs = 0
    const options = consumerOptions({ db, notifier }, tag, async (job) => {
      runs += 1
      // Long enough for the worker to have nothing else to do than to wait for this end.
      await sleep(50)
      if (runs < 2) return success
      begun.resolve(job.id)
      await gate.promise
      return success
    })
    const job = noop(tag, { options: key === undefined ? {} : { concurrency: { key, limit: 1, windowS: undefined } } })
    const ids = await queue.enqueue([job, job])
    const consumer = await startConsumer({ ...options, worker: { ...options.worker, slots: 1 } })
    const second = await begun.promise
    const { rows } = await db.pool.query<{ claimed: string; ended: string }>(
      `select q.xmin::text as claimed, (select o.xmin::text from job_outcome o where o.id = any ($2)) as ended from job_queue q where q.id = $1`,
      [second, ids],
    )
    gate.resolve()
    await consumer.stop()
    await stop()
    expect(rows[0]?.claimed).toBe(rows[0]?.ended)
  },
)
