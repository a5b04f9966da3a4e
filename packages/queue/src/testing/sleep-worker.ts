import { silentLogger } from '@millrace/base/logger'
import type { TestDatabase } from '@millrace/db/testing'
import { Keeper } from '../keeper.ts'
import { countOutcomes, judge, type Verdict } from './claim-history.ts'
import { freshTag, noop, startQueue } from './queue-fixture.ts'
import { waitUntil } from './wait-until.ts'
import { WorkerProcess } from './worker-process.ts'

const WAIT_MS = 60_000

/** What came of it; `rewritten` are outcomes that were not the same before and after the sleeper awoke. */
export interface SleepVerdict extends Verdict {
  readonly rewritten: number
}

/**
 * Stops a worker (SIGSTOP) with jobs in its hands for three times its lease while another one does them, awakens it while
 * nobody else works and further jobs are waiting, and judges what the database recorded. The database has its history
 * recorded (`recordHistory`).
 */
export async function putWorkerToSleep(base: TestDatabase, leaseMs: number): Promise<SleepVerdict> {
  const { queue, notifier, stop } = await startQueue(base.db)
  const keeper = new Keeper({ db: base.db, notifier, log: silentLogger, leaseMs, retentionDays: 30 })
  await keeper.start()
  const order = { url: base.url, tag: freshTag(), slots: 4, leaseMs }
  const before = await countOutcomes(base.db)
  const untilEnded = (count: number) =>
    waitUntil(`${count} jobs have ended`, WAIT_MS, async () => (await countOutcomes(base.db)) - before >= count)
  const enqueue = (ms: number) =>
    queue.enqueue(Array.from({ length: 4 }, () => noop(order.tag, { args: { ms }, attemptsMax: 100 })))
  const workers: WorkerProcess[] = []
  const work = async () => {
    const worker = new WorkerProcess(order)
    workers.push(worker)
    await worker.ready
    return worker
  }
  try {
    const sleeper = await work()
    const ids = [...(await enqueue(leaseMs / 4))]
    await waitUntil('the worker holds the jobs', WAIT_MS, async () => (await heldBy(base, sleeper.id)) === ids.length)
    sleeper.signal('SIGSTOP')
    const asleepAtMs = Date.now()
    const other = await work()
    await untilEnded(ids.length)
    const outcomes = await allOutcomes(base)
    await waitUntil('three leases have passed', WAIT_MS, () => Date.now() - asleepAtMs > 3 * leaseMs)
    other.signal('SIGTERM')
    await other.exited
    ids.push(...(await enqueue(1)))
    sleeper.signal('SIGCONT')
    await sleeper.lost
    await sleeper.exited
    await work()
    await untilEnded(ids.length)
    const after = new Set(await allOutcomes(base))
    const verdict = await judge(base.db, ids, new Map([[sleeper.id, asleepAtMs]]))
    return { ...verdict, rewritten: outcomes.filter((outcome) => !after.has(outcome)).length }
  } finally {
    for (const worker of workers) worker.signal('SIGKILL')
    await Promise.all(workers.map((worker) => worker.exited))
    await keeper.stop()
    await stop()
  }
}

async function heldBy(base: TestDatabase, workerId: string): Promise<number> {
  const { rowCount } = await base.db.pool.query('select from job_queue where worker_id = $1', [workerId])
  return rowCount ?? 0
}

async function allOutcomes(base: TestDatabase): Promise<readonly string[]> {
  const { rows } = await base.db.pool.query<{ outcome: string }>('select job_outcome::text as outcome from job_outcome')
  return rows.map((row) => row.outcome)
}
