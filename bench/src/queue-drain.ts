import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { Notifier, Queue } from '@millrace/queue'
import { BareWorker } from '@millrace/queue/testing/bare-worker'
import { Logger as GraphileLogger, makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'
import type { BenchDatabase } from './database.ts'
import { noopJob, startNoopConsumer } from './noop-consumer.ts'

/** Of the bare drain, as measured when the schema was designed. */
const BARE = { batch: 500, connections: 4 }
/** Jobs of a call of `enqueue`. */
const CALL = 1000

/** Jobs enqueued and drained per second. */
export interface Rates {
  readonly enqueuePerS: number
  readonly drainPerS: number
}

/** Ours, through the real consumer; one caller fills the queue before the clock starts. */
export async function drainOurs(base: BenchDatabase, jobs: number): Promise<Rates> {
  const notifier = new Notifier(base.db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const tag = `bench-${newId()}`
  const enqueuePerS = await fill([new Queue(base.db, notifier)], tag, jobs)
  await base.db.pool.query('vacuum analyze job_queue')
  let left = jobs
  const all = Promise.withResolvers<void>()
  notifier.on('done', (ids) => {
    left -= ids.length
    if (left <= 0) all.resolve()
  })
  const drainMs = performance.now()
  const consumer = await startNoopConsumer({ db: base.db, notifier, tag, slots: 24 })
  await all.promise
  const drainedMs = performance.now()
  await consumer.stop()
  await notifier.stop()
  return { enqueuePerS, drainPerS: (jobs / (drainedMs - drainMs)) * 1000 }
}

/** What the statements of a claim and a completion reach without the consumer; so many callers fill the queue before. */
export async function drainBare(base: BenchDatabase, jobs: number, callers: number): Promise<Rates> {
  const notifier = new Notifier(base.db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const tag = `bench-${newId()}`
  const queues = Array.from({ length: callers }, () => new Queue(base.db, notifier))
  const enqueuePerS = await fill(queues, tag, jobs)
  await base.db.pool.query('vacuum analyze job_queue')
  const drainMs = performance.now()
  const worker = await BareWorker.join(base.db, [tag])
  await worker.drain(jobs, BARE.batch, BARE.connections)
  const drainedMs = performance.now()
  await notifier.stop()
  return { enqueuePerS, drainPerS: (jobs / (drainedMs - drainMs)) * 1000 }
}

/** Each queue is that of another server, as it were; the jobs that they enqueue in a second together. */
async function fill(queues: readonly Queue[], tag: string, jobs: number): Promise<number> {
  const batch = Array.from({ length: CALL }, () => noopJob(tag))
  let left = jobs
  const beganMs = performance.now()
  const call = async (queue: Queue) => {
    while (left > 0) {
      left -= CALL
      await queue.enqueue(batch)
    }
  }
  await Promise.all(queues.map(call))
  return (jobs / (performance.now() - beganMs)) * 1000
}

/** The yardstick: graphile-worker in its best configuration (local queue of 500, batched completion), same database. */
export async function drainGraphile(base: BenchDatabase, jobs: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: base.url, max: 12 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const logger = new GraphileLogger(() => () => {})
  const utils = await makeWorkerUtils({ pgPool: pool, logger })
  await utils.migrate()
  await pool.query(
    `select graphile_worker.add_job('noop', json_build_object('n', i)) from generate_series(1, $1::int) as i`,
    [jobs],
  )
  await pool.query('vacuum analyze')
  let left = jobs
  const all = Promise.withResolvers<void>()
  const beganMs = performance.now()
  const runner = await run({
    pgPool: pool,
    logger,
    noHandleSignals: true,
    concurrency: 24,
    preset: {
      worker: {
        concurrentJobs: 24,
        localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
    taskList: {
      noop: () => {
        left -= 1
        if (left === 0) all.resolve()
      },
    },
  })
  await all.promise
  for (;;) {
    const { rows } = await pool.query<{ n: number }>('select count(*)::int as n from graphile_worker._private_jobs')
    if (rows[0]?.n === 0) break
  }
  const perS = (jobs / (performance.now() - beganMs)) * 1000
  await runner.stop()
  await utils.release()
  await pool.end()
  return perS
}
