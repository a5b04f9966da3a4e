import { firstIdAt, newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { inTransaction } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteJobs } from './delete-jobs.ts'
import { countFinishedJobs } from './duties/count-finished-jobs.ts'
import { importOutcomes, type PastJob } from './import-outcomes.ts'
import { Notifier } from './notifier.ts'

const HOUR_MS = 3_600_000
/** Of a time that is over and counted. */
const atMs = Date.now() - 30 * HOUR_MS

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
})
afterAll(() => base.drop())

test('times that were counted are counted anew when jobs of them are imported and deleted', async () => {
  const context = { ...base, notifier: new Notifier(base.db.options, silentLogger), log: silentLogger }
  const count = () => countFinishedJobs.runOnce({ ...context, leaseMs: 20_000, retentionDays: 30 })
  const counted = async () => (await base.db.pool.query('select tag, status, jobs from job_count')).rows
  await base.db.pool.query('select make_job_partitions($1::date)', [new Date(atMs).toISOString()])
  await count()
  expect((await count()).did).toBeUndefined()

  const jobs = [pastJob(firstIdAt(atMs).replace(/0{12}$/, newId().slice(-12))), pastJob(newId())]
  await inTransaction(base.db, (client) => importOutcomes(client, jobs))
  await count()
  expect(await counted()).toEqual([{ tag: 'past', status: 'failure', jobs: 1 }])
  expect((await count()).did).toBeUndefined()

  const ids = jobs.map((job) => job.id)
  expect(await inTransaction(base.db, (client) => deleteJobs(client, 'another', ids))).toEqual([])
  const gone = await inTransaction(base.db, (client) => deleteJobs(client, 'admins', ids))
  expect(gone.toSorted()).toEqual(ids.toSorted())
  await count()
  expect(await counted()).toEqual([])
  const { rows } = await base.db.pool.query(
    'select from job union all select from job_log union all select from job_outcome',
  )
  expect(rows).toEqual([])
})

test('either all jobs of an import are written or none', async () => {
  const [first, second] = [newId(), newId()]
  const write = (ids: readonly string[]) => inTransaction(base.db, (client) => importOutcomes(client, ids.map(pastJob)))
  await write([first])
  await expect(write([second, first])).rejects.toMatchObject({ code: '23505' })
  const { rows } = await base.db.pool.query('select id from job_outcome where id = any ($1::uuid[])', [[first, second]])
  expect(rows).toEqual([{ id: first }])
})

function pastJob(id: string): PastJob {
  const at = new Date(atMs).toISOString()
  return {
    id,
    workspaceId: 'admins',
    kind: 'noop',
    scriptPath: undefined,
    scriptHash: undefined,
    language: undefined,
    rawCode: undefined,
    argsJson: '{"a":"\\u0000"}',
    tag: 'past',
    createdBy: 'ada',
    email: 'ada@example.org',
    permissionedAs: 'u/ada',
    createdAt: at,
    parentJob: undefined,
    rootJob: undefined,
    flowStepId: undefined,
    triggerKind: undefined,
    triggerPath: undefined,
    timeoutMs: undefined,
    priority: 0,
    visibleToOwner: true,
    status: 'failure',
    resultJson: 'null',
    log: 'began',
    startedAt: at,
    finishedAt: at,
    durationMs: 0,
    waitMs: 0,
    attempt: 1,
    worker: undefined,
    memoryPeakBytes: undefined,
    cpuMs: undefined,
    canceledBy: undefined,
    canceledReason: undefined,
  }
}
