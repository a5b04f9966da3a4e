import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { findLockState, noteLockJobs, storeLock, storeLockError } from './script-lock.ts'

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
})
afterAll(() => base.drop())

async function setup() {
  const { db } = base
  const workspace = `w-${newId()}`.slice(0, 40)
  const hash = newId().replaceAll('-', '').slice(-16)
  await db.kysely.insertInto('workspace').values({ id: workspace, name: workspace, owner: 't@example.org' }).execute()
  await db.kysely
    .insertInto('script')
    .values({ workspace_id: workspace, hash, path: 'f/a/x', content: '', language: 'bash', created_by: 't' })
    .execute()
  return {
    note: (job: string) => noteLockJobs(db.kysely, workspace, [{ hash, job }]),
    store: (job: string, lock: string, key = 'as ever') => storeLock(db.kysely, workspace, { hash, job, lock, key }),
    fail: (job: string, error: string) => storeLockError(db.kysely, workspace, { hash, job, error }),
    state: () => findLockState(db.kysely, workspace, hash),
    revision: async () => {
      const query = db.kysely.selectFrom('script').select('lock_revision').where('hash', '=', hash)
      return (await query.executeTakeFirstOrThrow()).lock_revision
    },
  }
}

test('the lock of an earlier job is kept while there is none, and is too late when a later one has made it', async () => {
  const { note, store, state } = await setup()
  const [early, late] = [newId(), newId()]
  await note(early)
  await note(late)
  expect(await store(early, 'old')).toBe(true)
  expect(await store(late, 'new')).toBe(true)
  expect(await store(early, 'old')).toBe(false)
  expect(await state()).toMatchObject({ lock: 'new', lock_job: late })
})

test('only a lock that changes, or what it is made for, raises the revision, so that workers load it again', async () => {
  const { note, store, revision } = await setup()
  const job = newId()
  await note(job)
  const revisions: unknown[] = []
  for (const lock of ['one', 'one', 'two']) {
    await store(job, lock)
    revisions.push(await revision())
  }
  expect(revisions).toEqual([0, 0, 1])
})

test('an error leaves the lock, a lock ends the error, and the error of an earlier job is no news', async () => {
  const { note, store, fail, state } = await setup()
  const [early, late] = [newId(), newId()]
  await note(early)
  await store(early, 'one')
  await fail(early, 'away')
  expect(await state()).toMatchObject({ lock: 'one', lock_error_logs: 'away' })
  await store(early, 'two')
  await note(late)
  await fail(early, 'away')
  expect(await state()).toMatchObject({ lock: 'two', lock_error_logs: null })
})
