import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import {
  closeDatabase,
  EmbeddedPostgresError,
  migrate,
  openDatabase,
  startEmbeddedPostgres,
  type Database,
  type EmbeddedPostgres,
} from '@millrace/db'
import type { Consumer } from '../consumer.ts'
import { makePartitions } from '../duties/make-job-partitions.ts'
import type { ClaimedJob, Outcome } from '../job.ts'
import { Keeper } from '../keeper.ts'
import type { Queue } from '../queue.ts'
import { consumerOptions, freshTag, noop, startConsumer, startQueue } from './queue-fixture.ts'
import { below, seededRandom, type Random } from './seeded-random.ts'
import { waitUntil } from './wait-until.ts'

const STUCK_MS = 60_000
const LEASE_MS = 10_000
const START_MS_MAX = 20_000

/** What is left when the dust has settled. */
export interface RestartVerdict {
  /** Acknowledged ids without an outcome. */
  readonly lost: readonly string[]
  /** Ids that were run more than once: no lease was lost, so none should be. */
  readonly repeated: readonly string[]
  readonly left: number
  readonly acknowledged: number
  /** From when the database was up again until an outcome was written. */
  readonly resumedMs: readonly number[]
}

/**
 * Enqueues and works on a PostgreSQL of its own, which is ended and started again, several times, under load: in turns as
 * `pg_ctl stop -m immediate` does (SIGQUIT: no checkpoint, every connection cut) and by SIGKILL of its first process.
 */
export async function restartDatabase(plan: { restarts: number; seed: number }): Promise<RestartVerdict> {
  const random = seededRandom(plan.seed)
  const folder = await mkdtemp(join(tmpdir(), 'millrace-restart-'))
  await chmod(folder, 0o755)
  let server = await startEmbeddedPostgres({ folder })
  await migrate({ url: server.url, poolSize: 1, applicationName: 'test' })
  const db = openDatabase({ url: server.url, poolSize: 8, applicationName: 'test' })
  try {
    await makePartitions(db)
    const load = await startLoad(db, random)
    const resumedMs: number[] = []
    try {
      for (let restart = 0; restart < plan.restarts; restart += 1) {
        await load.untilMoreRan(50 + below(random, 200))
        process.kill(server.pid, restart % 2 === 0 ? 'SIGQUIT' : 'SIGKILL')
        await server.exited
        server = await startAgain(folder)
        const upMs = performance.now()
        await load.untilMoreEnded(1)
        resumedMs.push(performance.now() - upMs)
      }
      await load.finish()
    } finally {
      await load.stop()
    }
    return { ...(await load.judge()), resumedMs }
  } finally {
    await closeDatabase(db)
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** After SIGKILL it refuses to start until the last of its orphaned processes has noticed. */
async function startAgain(folder: string): Promise<EmbeddedPostgres> {
  const deadline = performance.now() + START_MS_MAX
  for (;;) {
    try {
      return await startEmbeddedPostgres({ folder })
    } catch (error) {
      if (!(error instanceof EmbeddedPostgresError) || performance.now() > deadline) throw error
      await sleep(100)
    }
  }
}

/** Enqueues batches and works them off; a refused enqueue is tried no more, as its caller was told. */
async function startLoad(db: Database, random: Random) {
  const { queue, notifier, stop } = await startQueue(db)
  const keeper = new Keeper({ db, notifier, log: silentLogger, leaseMs: LEASE_MS, retentionDays: 30 })
  await keeper.start()
  const tag = freshTag()
  const runs = new Map<string, number>()
  let ended = 0
  notifier.on('done', (ids) => (ended += ids.length))
  const consumer = await startWorking({ db, notifier }, tag, runs)
  const enough = new AbortController()
  const acknowledged: string[] = []
  const enqueuing = keepEnqueuing({ queue, tag, random, acknowledged, signal: enough.signal })
  const more = (what: string, count: () => number, by: number) => {
    const goal = count() + by
    return waitUntil(`${by} more jobs ${what}`, STUCK_MS, () => count() >= goal)
  }
  return {
    untilMoreRan: (by: number) => more('ran', () => runs.size, by),
    untilMoreEnded: (by: number) => more('ended', () => ended, by),
    async finish() {
      enough.abort()
      await enqueuing
      await waitUntil('the queue is empty', STUCK_MS, async () => (await countQueued(db)) === 0)
    },
    async stop() {
      enough.abort()
      await enqueuing
      await consumer.stop()
      await keeper.stop()
      await stop()
    },
    async judge() {
      const { rows } = await db.pool.query<{ id: string }>('select id from job_outcome')
      const withOutcome = new Set(rows.map((row) => row.id))
      return {
        lost: acknowledged.filter((id) => !withOutcome.has(id)),
        repeated: [...runs].filter(([, times]) => times > 1).map(([id]) => id),
        left: await countQueued(db),
        acknowledged: acknowledged.length,
      }
    },
  }
}

async function startWorking(
  parts: Parameters<typeof consumerOptions>[0],
  tag: string,
  runs: Map<string, number>,
): Promise<Consumer> {
  const run = async (job: ClaimedJob): Promise<Outcome> => {
    runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
    await sleep(2)
    return { status: 'success', resultJson: 'null' }
  }
  return await startConsumer(consumerOptions(parts, tag, run, { leaseMs: LEASE_MS }))
}

interface Enqueuing {
  readonly queue: Queue
  readonly tag: string
  readonly random: Random
  readonly acknowledged: string[]
  readonly signal: AbortSignal
}

async function keepEnqueuing({ queue, tag, random, acknowledged, signal }: Enqueuing): Promise<void> {
  while (!signal.aborted) {
    const batch = Array.from({ length: 1 + below(random, 20) }, () => noop(tag))
    try {
      acknowledged.push(...(await queue.enqueue(batch)))
    } catch {
      // The database is away, as it should be now and then; the caller of a real enqueue gets a 503.
    }
    await sleep(10, signal)
  }
}

async function countQueued(db: Database): Promise<number> {
  const { rowCount } = await db.pool.query('select from job_queue')
  return rowCount ?? 0
}
