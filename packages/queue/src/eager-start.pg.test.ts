import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Consumer } from './consumer.ts'
import type { ConsumerOptions, RunContext } from './consumer-options.ts'
import { makePartitions } from './duties/make-job-partitions.ts'
import type { ClaimedJob, Outcome } from './job.ts'
import { NearWorkers } from './near-workers.ts'
import { Notifier } from './notifier.ts'
import { Queue } from './queue.ts'
import { claimJobs } from './sql/claim.ts'
import { joinWorker } from './testing/join-worker.ts'
import { consumerOptions, freshTag, noop, outcomeOf, startQueue, success } from './testing/queue-fixture.ts'
import { waitUntil } from './testing/wait-until.ts'

let base: TestDatabase
let notifier: Notifier
let stop: () => Promise<void>
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
  ;({ notifier, stop } = await startQueue(base.db))
})
afterAll(async () => {
  await stop()
  await base.drop()
})

interface Place {
  readonly queue: Queue
  readonly consumer: Consumer
  readonly options: ConsumerOptions
  readonly near: NearWorkers
}

/** A process of its own, as the queue sees it: a worker that rests, and who enqueues beside it. */
async function settle(
  tag: string,
  run: ConsumerOptions['run'],
  { db = base.db, ...more }: Partial<ConsumerOptions> = {},
): Promise<Place> {
  const near = new NearWorkers()
  const options = consumerOptions({ db: base.db, notifier, near }, tag, run, more)
  const consumer = new Consumer(options)
  await consumer.start()
  onTestFinished(() => consumer.stop())
  await untilAtRest(near, options.worker.tags[0] ?? tag)
  return { queue: new Queue(db, notifier, near), consumer, options, near }
}

async function untilAtRest(near: NearWorkers, tag: string): Promise<void> {
  await waitUntil('the worker knows that nothing is ready', 10_000, () => {
    const slots = near.reserve([noop(tag)])
    slots?.release()
    return slots !== undefined
  })
}

/** Runs that go on until they are told their outcome. */
function longRuns(): { readonly run: ConsumerOptions['run']; readonly jobs: ClaimedJob[]; end(): void } {
  const over = Promise.withResolvers<Outcome>()
  const jobs: ClaimedJob[] = []
  const run = (job: ClaimedJob, { signal }: RunContext): Promise<Outcome> => {
    jobs.push(job)
    signal.addEventListener('abort', () => over.resolve({ status: 'failure', resultJson: null }))
    return over.promise
  }
  return { run, jobs, end: () => over.resolve(success) }
}

interface Row {
  readonly state: string
  readonly attempt: number
  readonly worker_id: string | null
  /** It is as the transaction wrote it that wrote the job. */
  readonly is_first: boolean
}

async function rowOf(id: string): Promise<Row | undefined> {
  const { rows } = await base.db.pool.query<Row>(
    `select q.state, q.attempt, q.worker_id, q.xmin = j.xmin as is_first
     from job_queue q join job j on j.id = q.id where q.id = $1`,
    [id],
  )
  return rows[0]
}

/** Whether a job that is enqueued here begins without a claim. */
async function isEager({ queue, options }: Place, tag: string): Promise<boolean> {
  const [id = ''] = await queue.enqueue([noop(tag)])
  const row = await rowOf(id)
  return row?.state === 'running' && row.is_first && row.worker_id === options.worker.id
}

interface Blocker {
  release(): Promise<void>
  query(text: string, values?: readonly unknown[]): Promise<unknown>
}

/** A connection that keeps a statement of `db` waiting until it is released. */
async function holdUp(lock: string): Promise<Blocker> {
  const blocker = await base.db.pool.connect()
  let isHeld = true
  await blocker.query(`begin; ${lock}`)
  const release = async () => {
    if (isHeld) await blocker.query('commit')
    isHeld = false
  }
  onTestFinished(async () => {
    await release().catch(() => undefined)
    blocker.release(true)
  })
  return { release, query: (text, values = []) => blocker.query(text, [...values]) }
}

/** A pool that can be told from others. */
function namedDatabase(): { readonly db: Database; readonly name: string } {
  const name = `eager-${newId()}`
  const db = openDatabase({ ...base.db.options, applicationName: name })
  onTestFinished(() => closeDatabase(db))
  return { db, name }
}

async function untilHeldUp(name: string): Promise<void> {
  await waitUntil('the enqueue is held up', 10_000, async () => {
    const { rowCount } = await base.db.pool.query(
      `select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`,
      [name],
    )
    return rowCount === 1
  })
}

test('Q44 a job begins in the transaction that writes it, before its call returns', async () => {
  const tag = freshTag()
  const { run, jobs, end } = longRuns()
  const place = await settle(tag, run)
  const [id = ''] = await place.queue.enqueue([noop(tag)])
  expect(jobs.map((job) => job.id)).toEqual([id])
  expect(await rowOf(id)).toEqual({ state: 'running', attempt: 1, worker_id: place.options.worker.id, is_first: true })
  end()
  await waitUntil('the job has ended', 10_000, async () => (await outcomeOf(base.db, id)) !== undefined)
  expect(await outcomeOf(base.db, id)).toMatchObject({ status: 'success', attempt: 1 })
})

test('Q44 the worker gets what a claim would have given it', async () => {
  const tag = freshTag()
  const { run, jobs } = longRuns()
  const { queue, consumer } = await settle(tag, run, { drainMs: 0 })
  const id = newId()
  const bare = { ...noop(tag), id: newId() }
  const full = noop(tag, {
    id: id.toUpperCase(),
    kind: 'script',
    scriptPath: 'f/ü/x',
    scriptHash: 'abc',
    language: 'words',
    rawCode: 'main()\n\t"\\',
    args: { z: 1, a: 'ü\u0000 \ud83d\ude00', big: 1e21, nested: { list: [1.5, null, true] } },
    parentJob: newId(),
    rootJob: newId(),
    triggerKind: 'http',
    triggerPath: 'f/y',
    timeoutMs: 1234,
    attemptsMax: 5,
    priority: 7,
    visibleToOwner: false,
    awaited: true,
    memoryMb: 12,
    options: { retry: { constant: { attempts: 2, seconds: 3 } }, cacheTtlS: 9, network: 'none', deleteAfterS: 60 },
  })
  await queue.enqueue([bare, full])
  expect(jobs.map((job) => job.id).sort()).toEqual([bare.id, id].sort())
  // It hands back what it has not finished.
  await consumer.stop()
  const me = await joinWorker(base.db)
  const claimed = await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 10 })
  const withoutStart = (list: readonly ClaimedJob[]) =>
    list
      .map((job) => ({ ...job, asked: undefined, startedAt: typeof job.startedAt, claimedMs: undefined }))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  expect(withoutStart(jobs)).toEqual(withoutStart(claimed))
})

test('Q44 nobody who waits is overtaken, also where the worker has not heard of it', async () => {
  const [tag, other] = [freshTag(), freshTag()]
  const started: string[] = []
  const run = (job: ClaimedJob) => {
    started.push(job.tag)
    return success
  }
  const worker = { ...consumerOptions({ db: base.db, notifier }, tag, run).worker, tags: [tag, other], slots: 1 }
  const place = await settle(tag, run, { worker, pollMs: 60_000 })
  // Its announcement reaches nobody.
  const silent = new Queue(base.db, new Notifier(base.db.options, silentLogger))
  await silent.enqueue([noop(other, { priority: 5 })])
  await place.queue.enqueue([noop(tag)])
  await waitUntil('both have begun', 10_000, () => started.length === 2)
  expect(started).toEqual([other, tag])
})

test('Q20 Q44 a worker whose row is gone is given nothing', async () => {
  const tag = freshTag()
  const place = await settle(tag, () => success, { leaseMs: 60_000 })
  await base.db.pool.query('delete from worker where id = $1', [place.options.worker.id])
  const [id = ''] = await place.queue.enqueue([noop(tag)])
  expect(await rowOf(id)).toMatchObject({ state: 'ready', attempt: 0, worker_id: null })
})

test('Q20 Q44 who enqueues does not wait for a keeper that has the worker in its hands', async () => {
  const tag = freshTag()
  const place = await settle(tag, () => success, { leaseMs: 60_000 })
  const keeper = await holdUp(`select from worker where id = '${place.options.worker.id}' for update`)
  const [id = ''] = await place.queue.enqueue([noop(tag)])
  expect(await rowOf(id)).toMatchObject({ state: 'ready', attempt: 0, worker_id: null })
  await keeper.release()
  await waitUntil('it is claimed', 10_000, async () => (await outcomeOf(base.db, id)) !== undefined)
})

test('Q44 more jobs than there are slots are claimed as ever, each once', async () => {
  const tag = freshTag()
  const started: string[] = []
  const place = await settle(tag, (job) => {
    started.push(job.id)
    return success
  })
  const ids = await place.queue.enqueue(Array.from({ length: 100 }, () => noop(tag)))
  await waitUntil('all have begun', 10_000, () => started.length >= 100)
  expect([...started].sort()).toEqual([...ids].sort())
})

test('Q45 a slot that is kept is not claimed for', async () => {
  const tag = freshTag()
  const { run, jobs, end } = longRuns()
  const { db, name } = namedDatabase()
  const worker = { ...consumerOptions({ db: base.db, notifier }, tag, run).worker, slots: 2 }
  const place = await settle(tag, run, { db, worker })
  const late = await new Queue(base.db, notifier).enqueue([1, 2].map(() => noop(tag, { dueInMs: 3_600_000 })))
  // Asking for jobs needs no lock that this one keeps away; writing them does.
  const blocker = await holdUp('lock table job in share row exclusive mode')
  const enqueuing = place.queue.enqueue([noop(tag)])
  await untilHeldUp(name)
  await base.db.pool.query(`update job_queue set state = 'ready', due_at = now() where id = any ($1)`, [late])
  notifier.tellHere('ready', [tag])
  await waitUntil('a job runs in the slot that is free', 10_000, () => jobs.length > 0)
  const { rows } = await base.db.pool.query('select state from job_queue where id = any ($1) order by state', [late])
  expect(rows).toEqual([{ state: 'ready' }, { state: 'running' }])
  await blocker.release()
  const [id = ''] = await enqueuing
  await waitUntil('both slots are taken', 10_000, () => jobs.length === 2)
  end()
  await waitUntil('all have run', 10_000, async () => (await outcomeOf(base.db, id)) !== undefined)
  expect(jobs.map((job) => job.id).sort()).toEqual([...late, id].sort())
})

test('Q14 Q45 a worker that drains meanwhile hands the job back, and leaves when it has', async () => {
  const tag = freshTag()
  const { run, jobs } = longRuns()
  const { db, name } = namedDatabase()
  const place = await settle(tag, run, { db })
  const blocker = await holdUp('lock table job in share row exclusive mode')
  const enqueuing = place.queue.enqueue([noop(tag)])
  await untilHeldUp(name)
  const stopped = place.consumer.stop()
  await blocker.release()
  const [id = ''] = await enqueuing
  await stopped
  expect(await rowOf(id)).toMatchObject({ state: 'ready', attempt: 0, worker_id: null })
  expect(jobs).toEqual([])
  const { rowCount } = await base.db.pool.query('select from worker where id = $1', [place.options.worker.id])
  expect(rowCount).toBe(0)
})

test('Q21 Q45 a job that began by a call that was never answered is run all the same', async () => {
  const [tag, unanswered] = [freshTag(), freshTag()]
  const { db, name } = namedDatabase()
  const worker = { ...consumerOptions({ db: base.db, notifier }, tag, () => success).worker, tags: [tag, unanswered] }
  const place = await settle(tag, () => success, { db, worker })
  const blocker = await holdUp('lock table job in share row exclusive mode')
  const enqueuing = place.queue.enqueue([noop(tag)]).catch((error: unknown) => error)
  await untilHeldUp(name)
  // What the unanswered call did, in its stead: the row is the worker's and the worker does not know.
  const id = newId()
  await blocker.query(
    `insert into job (id, workspace_id, kind, tag, created_by, email, permissioned_as)
     values ($1, 'admins', 'noop', $2, 'tester', 't@example.org', 'u/tester')`,
    [id, unanswered],
  )
  await blocker.query(
    `insert into job_queue (id, workspace_id, tag, state, attempt, worker_id, started_at)
     values ($1, 'admins', $2, 'running', 1, $3, now())`,
    [id, unanswered, worker.id],
  )
  await base.db.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`,
    [name],
  )
  await blocker.release()
  expect(await enqueuing).toBeInstanceOf(Error)
  await waitUntil('the job has ended', 10_000, async () => (await outcomeOf(base.db, id)) !== undefined)
  expect(await outcomeOf(base.db, id)).toMatchObject({ status: 'success', attempt: 1 })
})

test('Q2 Q45 a call that is refused gives its slot back', async () => {
  const tag = freshTag()
  const worker = { ...consumerOptions({ db: base.db, notifier }, tag, () => success).worker, slots: 1 }
  const { run, end } = longRuns()
  const place = await settle(tag, run, { worker })
  const taken = newId()
  await new Queue(base.db, notifier).enqueue([noop(freshTag(), { id: taken })])
  await expect(place.queue.enqueue([noop(tag, { id: taken })])).rejects.toMatchObject({ code: 'job.exists' })
  expect(await isEager(place, tag)).toBe(true)
  end()
})

test('Q15 a job that began as it was written is cancelled at once', async () => {
  const tag = freshTag()
  const { run } = longRuns()
  const { queue } = await settle(tag, run)
  const [id = ''] = await queue.enqueue([noop(tag)])
  expect((await queue.requestCancel({ workspaceId: 'admins', by: 'tester', ids: [id] })).asked).toEqual([id])
  await waitUntil('it has ended', 10_000, async () => (await outcomeOf(base.db, id)) !== undefined)
  expect(await outcomeOf(base.db, id)).toMatchObject({ status: 'canceled', canceled_by: 'tester', attempt: 1 })
})

test('Q44 it counts for the jobs that a worker may run, and for no tag that it has given up', async () => {
  const [tag, other] = [freshTag(), freshTag()]
  const { run, end } = longRuns()
  const place = await settle(tag, run, { terms: { jobsMax: 2 } })
  await place.consumer.change({ tags: [other], slots: 4, notice: undefined, jobsMax: 2 })
  expect(await isEager(place, tag)).toBe(false)
  await untilAtRest(place.near, other)
  const [first = '', second = '', beyond = ''] = [
    ...(await place.queue.enqueue([noop(other)])),
    ...(await place.queue.enqueue([noop(other)])),
    ...(await place.queue.enqueue([noop(other)])),
  ]
  expect([await rowOf(first), await rowOf(second), await rowOf(beyond)]).toMatchObject([
    { state: 'running', is_first: true },
    { state: 'running', is_first: true },
    { state: 'ready' },
  ])
  end()
  await place.consumer.onSpent
  await place.consumer.stop()
  expect(await outcomeOf(base.db, second)).toMatchObject({ status: 'success' })
  expect(await rowOf(beyond)).toMatchObject({ state: 'ready' })
})
