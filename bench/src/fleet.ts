import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import { closeDatabase, openDatabase } from '@millrace/db'
import { enginePlannerSettings, Notifier, Queue, type Consumer } from '@millrace/queue'
import { processCpuMs } from '@millrace/queue/testing/process-cpu'
import type { BenchDatabase } from './database.ts'
import { noopJob, startNoopConsumer } from './noop-consumer.ts'
import { descendants } from './process-memory.ts'
import { repeat } from './stats.ts'

/** Each worker has renewed its lease by then: a statement costs most when a connection sends it first. */
const WARM_MS = 6000
const WINDOWS = 3
const WINDOW_MS = 3000
/** Workers that connect or stop at a time: each connection costs PostgreSQL a process. */
const AT_A_TIME = 10
/** Of a job's time divided by the workers: from one start to the next one. */
const STEP = 3
const POOL = 2

/** Workers, each with connections of its own, and how long their jobs sleep. */
export interface Fleet {
  readonly workers: number
  readonly slots: number
  readonly jobMs: number
}

/** What a fleet did in one window. */
export interface FleetWindow {
  readonly jobsPerS: number
  /** What the jobs really took: a timer fires late, and later on a busy machine. */
  readonly meanRunMs: number
  /** Cores that all workers and PostgreSQL kept busy. */
  readonly cores: number
}

/** Starts the fleet on a queue that never runs empty, and watches it for some windows. */
export async function measureFleet(base: BenchDatabase, fleet: Fleet): Promise<readonly FleetWindow[]> {
  const tag = `fleet-${newId()}`
  await fill(base, tag, fleet)
  const run = { ended: 0, ms: 0 }
  const members = Array.from({ length: fleet.workers }, () => ({ tag, ...fleet, url: base.url, run }))
  const stops: (() => Promise<void>)[] = []
  try {
    const ready = await inTens(members, (member) => connect(member, stops))
    // Out of step, as workers are: all of them asking at one time, and nobody in between, would be another measurement.
    for (const start of ready) {
      await start()
      await sleep((STEP * fleet.jobMs) / fleet.workers)
    }
    await sleep(WARM_MS)
    return await repeat(WINDOWS, async () => {
      const cpuBefore = await cpuTimes(base)
      const [beganMs, before] = [performance.now(), { ...run }]
      await sleep(WINDOW_MS)
      const [tookMs, jobs, runMs] = [performance.now() - beganMs, run.ended - before.ended, run.ms - before.ms]
      const cores = cpuMsBetween(cpuBefore, await cpuTimes(base)) / tookMs
      return { jobsPerS: (jobs / tookMs) * 1000, meanRunMs: runMs / jobs, cores }
    })
  } finally {
    await inTens(stops, (stop) => stop())
    await base.db.pool.query('truncate job_queue')
  }
}

async function fill(base: BenchDatabase, tag: string, { workers, slots, jobMs }: Fleet): Promise<void> {
  const seconds = (WARM_MS + WINDOWS * WINDOW_MS + workers * 20 + STEP * jobMs) / 1000
  const job = noopJob(tag)
  const queue = new Queue(base.db, new Notifier(base.db.options, silentLogger))
  await queue.enqueue(Array.from({ length: Math.ceil((workers * slots * seconds * 1000) / jobMs) }, () => job))
  await base.db.pool.query('vacuum analyze job_queue')
}

interface Member extends Fleet {
  readonly url: string
  readonly tag: string
  /** Of all members together. */
  readonly run: { ended: number; ms: number }
}

/** Opens the connections of a worker; how to start it. Notes how to end it. */
async function connect(
  { url, tag, slots, jobMs, run }: Member,
  stops: (() => Promise<void>)[],
): Promise<() => Promise<void>> {
  const db = openDatabase({ url, poolSize: POOL, applicationName: 'bench:worker', settings: enginePlannerSettings })
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  let consumer: Consumer | undefined
  stops.push(async () => {
    await consumer?.stop()
    await notifier.stop()
    await closeDatabase(db)
  })
  const ended = (tookMs: number) => {
    run.ended += 1
    run.ms += tookMs
  }
  return async () => {
    consumer = await startNoopConsumer({ db, notifier, tag, slots, jobMs, ended })
  }
}

async function inTens<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (let at = 0; at < values.length; at += AT_A_TIME)
    results.push(...(await Promise.all(values.slice(at, at + AT_A_TIME).map(work))))
  return results
}

/** Of this process, which is all workers, and of those of PostgreSQL. */
async function cpuTimes(base: BenchDatabase): Promise<ReadonlyMap<number, number>> {
  const pids = [process.pid, base.pid, ...descendants(base.pid)]
  // One that has ended since it was listed says nothing.
  const times = await Promise.all(pids.map((pid) => processCpuMs(pid).catch(() => undefined)))
  return new Map(pids.flatMap((pid, nth) => (times[nth] === undefined ? [] : [[pid, times[nth]]])))
}

/** What processes that are there all the time have used. */
function cpuMsBetween(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number {
  return [...after].reduce((sum, [pid, ms]) => sum + (ms - (before.get(pid) ?? ms)), 0)
}
