import { newId } from '@millrace/base/ids'
import { Problem } from '@millrace/base/problem'
import { closeDatabase, openDatabase } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import type { NewJob } from './job.ts'
import { Queue } from './queue.ts'
import { TcpProxy } from './testing/nemesis/tcp-proxy.ts'
import { freshTag, noop, startQueue } from './testing/queue-fixture.ts'
import { seededRandom } from './testing/seeded-random.ts'
import { waitUntil } from './testing/wait-until.ts'

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
})
afterAll(() => base.drop())

/** A server whose way to the database can be cut, and how to keep a statement of it waiting that writes the job `id`. */
async function server() {
  const name = `lost-${newId()}`
  const proxy = await TcpProxy.open(base.url, seededRandom(1))
  const db = openDatabase({ ...base.db.options, url: proxy.through(base.url), applicationName: name })
  const { notifier, stop } = await startQueue(base.db)
  onTestFinished(async () => {
    await stop()
    await proxy.close()
    await closeDatabase(db)
  })
  return { name, proxy, queue: new Queue(db, notifier) }
}

/** Calls that are written by one statement, which is committed and never answered: what each is told. */
async function loseAnswerOf(calls: readonly (readonly NewJob[])[], id: string): Promise<readonly unknown[]> {
  const { name, proxy, queue } = await server()
  // Its statement waits to see whether the id is taken.
  const rival = await base.db.pool.connect()
  onTestFinished(() => rival.release(true))
  await rival.query('begin')
  await rival.query(
    `insert into job (id, workspace_id, kind, tag, created_by, email, permissioned_as)
     values ($1, 'admins', 'noop', 'rival', 'tester', 't@example.org', 'u/tester')`,
    [id],
  )
  // While a call is under way, those that come share the next statement.
  const before = queue.enqueue([noop(freshTag())])
  const told = calls.map((jobs) => queue.enqueue(jobs).catch((error: unknown) => error))
  await before
  await waitUntil('the statement waits', 10_000, async () => {
    const { rowCount } = await base.db.pool.query(
      `select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`,
      [name],
    )
    return rowCount === 1
  })
  proxy.become({ isSilent: true })
  await rival.query('rollback')
  await waitUntil('it is committed', 10_000, async () => (await countOf(calls)) === calls.flat().length)
  proxy.become({ isRefusing: true })
  // Who tried again now would get through.
  proxy.become({})
  return await Promise.all(told)
}

async function countOf(calls: readonly (readonly NewJob[])[]): Promise<number> {
  const tags = calls.flat().map((job) => job.tag)
  const { rows } = await base.db.pool.query<{ n: number }>(
    'select count(*)::int as n from job_queue where tag = any ($1)',
    [tags],
  )
  return rows[0]?.n ?? 0
}

test('Q1 Q2 a call alone whose answer is lost fails as the network did, and may be repeated', async () => {
  const call = [noop(freshTag(), { id: newId() })]
  const id = call[0]?.id ?? ''
  const [error] = await loseAnswerOf([call], id)
  expect(error).toBeInstanceOf(Error)
  expect(error).not.toBeInstanceOf(Problem)
  const { queue } = await server()
  expect(await queue.enqueue(call)).toEqual([id])
  expect(await countOf([call])).toBe(1)
})

test('Q1 Q2 calls that shared a statement whose answer was lost fail as one alone does, and are not told that their own jobs exist', async () => {
  const tag = freshTag()
  const id = newId()
  const calls = [[noop(tag, { id })], [noop(tag), noop(tag)], [noop(tag, { id: newId() }), noop(tag)]]
  const errors = await loseAnswerOf(calls, id)
  expect(errors).toHaveLength(3)
  for (const error of errors) {
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(Problem)
  }
  expect(await countOf(calls)).toBe(5)
})
