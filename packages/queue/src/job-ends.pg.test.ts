import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { NewJob, Outcome } from './job.ts'
import type { Queue } from './queue.ts'
import { claimJobs } from './sql/claim.ts'
import { completeJobs } from './sql/complete.ts'
import { rescueLostJobs } from './sql/rescue.ts'
import { joinWorker } from './testing/join-worker.ts'
import { freshTag, noop, startQueue } from './testing/queue-fixture.ts'

let base: TestDatabase
let queue: Queue
let stop: () => Promise<void>
let workspace: string
beforeAll(async () => {
  base = await createTestDatabase()
  await base.db.pool.query('select make_job_partitions(current_date)')
  ;({ queue, stop } = await startQueue(base.db))
})
beforeEach(async () => {
  workspace = `w-${newId().slice(-12)}`
  await base.db.pool.query(`insert into workspace (id, name, owner) values ($1, $1, 'tests')`, [workspace])
})
afterAll(async () => {
  await stop()
  await base.drop()
})

const failure: Outcome = { status: 'failure', resultJson: '{"error":{"name":"Error","message":"no"}}' }

async function handle(event: string): Promise<void> {
  await base.db.pool.query(
    `insert into handler (workspace_id, event, kind, path, username, email) values ($1, $2, 'script', 'f/a/h', 'ann', 'a@b.c')`,
    [workspace, event],
  )
}

const script = (tag: string, more: Partial<NewJob> = {}) =>
  noop(tag, { workspaceId: workspace, kind: 'script', scriptPath: 'f/a/x', ...more })

/** Enqueues a job, has a worker end it, and returns its id. */
async function run(job: (tag: string) => NewJob, outcome: Outcome = failure): Promise<string> {
  const tag = freshTag()
  const worker = await joinWorker(base.db)
  const [id = ''] = await queue.enqueue([job(tag)])
  const claimed = await claimJobs(base.db, { workerId: worker.id, tags: [tag], limit: 1 })
  await completeJobs(
    base.db,
    worker,
    claimed.map((each) => ({ job: each, outcome })),
  )
  return id
}

async function noted(): Promise<readonly (readonly [string, string])[]> {
  const { rows } = await base.db.pool.query<{ job_id: string; status: string }>(
    'select job_id, status from job_end where workspace_id = $1 order by id',
    [workspace],
  )
  return rows.map(({ job_id: id, status }) => [id, status])
}

describe('an end is noted, once,', () => {
  test('when a worker ends a job, and not by one whose fence is gone', async () => {
    await handle('error')
    const tag = freshTag()
    const worker = await joinWorker(base.db)
    const [id = ''] = await queue.enqueue([script(tag)])
    const claimed = await claimJobs(base.db, { workerId: worker.id, tags: [tag], limit: 1 })
    const completions = claimed.map((job) => ({ job, outcome: failure }))
    await completeJobs(base.db, worker, completions)
    await completeJobs(base.db, worker, completions)
    expect(await noted()).toEqual([[id, 'failure']])
  })

  test('when its worker is lost', async () => {
    await handle('error')
    const tag = freshTag()
    const worker = await joinWorker(base.db)
    const [id = ''] = await queue.enqueue([script(tag, { attemptsMax: 1 })])
    await claimJobs(base.db, { workerId: worker.id, tags: [tag], limit: 1 })
    await base.db.pool.query(`update worker set last_seen_at = now() - interval '1 minute' where id = $1`, [worker.id])
    await rescueLostJobs(base.db, 20_000)
    await rescueLostJobs(base.db, 20_000)
    expect(await noted()).toEqual([[id, 'failure']])
  })

  test('when it is cancelled while it waits, and when it is taken from its worker', async () => {
    await handle('error')
    const tag = freshTag()
    const worker = await joinWorker(base.db)
    const [runs = ''] = await queue.enqueue([script(tag)])
    await claimJobs(base.db, { workerId: worker.id, tags: [tag], limit: 1 })
    const [waits = ''] = await queue.enqueue([script(tag)])
    await queue.requestCancel({ workspaceId: workspace, ids: [waits], by: 'bob' })
    await queue.requestCancel({ workspaceId: workspace, ids: [runs], by: 'bob', force: true })
    expect(await noted()).toEqual([
      [waits, 'canceled'],
      [runs, 'canceled'],
    ])
  })
})

describe('nothing is noted', () => {
  test('of another end than a handler is told of', async () => {
    await handle('error')
    await run(script, { status: 'success', resultJson: '1' })
    expect(await noted()).toEqual([])
    await handle('recovery')
    const id = await run(script, { status: 'success', resultJson: '1' })
    expect(await noted()).toEqual([[id, 'success']])
  })

  test('where the workspace has no handler', async () => {
    await run(script)
    expect(await noted()).toEqual([])
  })

  test.each<[string, Partial<NewJob>]>([
    ['of a job below another one', { parentJob: newId() }],
    ['of what is not deployed', { kind: 'preview' }],
    ['of a lock', { kind: 'dependencies' }],
    ['of a job that tells a handler', { options: { handles: newId() } }],
  ])('%s', async (_what, more) => {
    await handle('error')
    await run((tag) => script(tag, more))
    expect(await noted()).toEqual([])
  })
})
