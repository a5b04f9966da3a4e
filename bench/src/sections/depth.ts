import { silentLogger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import { openClient } from '@millrace/db'
import { Notifier, Queue } from '@millrace/queue'
import { BareWorker, type Pace } from '@millrace/queue/testing/bare-worker'
import { startBenchDatabase, type BenchDatabase } from '../database.ts'
import { fillLines } from '../fill-lines.ts'
import { noopJob } from '../noop-consumer.ts'
import type { Row, Section } from '../section.ts'
import { median, quantile, repeat } from '../stats.ts'
import { formatValue } from '../table.ts'

const JOBS = 1_000_000
const TENANTS = 100
const TAGS = 4
const RUNS = 3
/** Both claim 2,000 jobs a second. */
const PACES: readonly Pace[] = [
  { batch: 20, everyMs: 10, forMs: 5000 },
  { batch: 500, everyMs: 250, forMs: 10_000 },
]
/** So do these enqueue: single calls, which are timed, and calls for many jobs. */
const SINGLE_EVERY_MS = 10
const MANY = { jobs: 95, everyMs: 50 }

/** Claims and enqueues of a deep queue while jobs flow. `BENCH_DEPTH_ROWS` says how deep (1,000,000). */
export const depth: Section = {
  id: 'depth',
  summary: 'claim and enqueue with a million ready jobs of 100 tenants, and with a transaction held open',

  async measure(say) {
    const jobs = Number(process.env['BENCH_DEPTH_ROWS'] ?? JOBS)
    const base = await startBenchDatabase()
    const notifier = new Notifier(base.db.options, silentLogger)
    try {
      const tags = await fillLines(base.db, { jobs, tenants: TENANTS, tags: TAGS })
      say(`${formatValue(jobs)} ready jobs`)
      const worker = await BareWorker.join(base.db, tags)
      const flow: Flow = { queue: new Queue(base.db, notifier), feeder: new Queue(base.db, notifier), worker, tags }
      await runPace(flow, { batch: 20, everyMs: 10, forMs: 1000 })
      const plain = await measureAll(flow, 'plain', 20, say)
      const held = await whileHeld(base, () => measureAll(flow, 'held', 100, say))
      return [...plain, ...held]
    } finally {
      await notifier.stop()
      await base.stop()
    }
  },
}

interface Flow {
  readonly queue: Queue
  /** Of another server, as it were: single calls do not wait for its statements. */
  readonly feeder: Queue
  readonly worker: BareWorker
  readonly tags: readonly string[]
}

interface Times {
  readonly claims: readonly number[]
  readonly enqueues: readonly number[]
}

/** A snapshot that keeps every row which ends meanwhile from being vacuumed, as a dump or a long report does. */
async function whileHeld<T>(base: BenchDatabase, work: () => Promise<T>): Promise<T> {
  const client = openClient({ ...base.db.options, applicationName: 'bench:holder' })
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read')
    await client.query('select from job_queue limit 1')
    return await work()
  } finally {
    await client.end()
  }
}

async function measureAll(
  flow: Flow,
  name: string,
  targetMs: number,
  say: (line: string) => void,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  const enqueues: (readonly number[])[] = []
  for (const pace of PACES) {
    const runs = await repeat(RUNS, () => runPace(flow, pace))
    const claims = runs.map((run) => run.claims)
    enqueues.push(...runs.map((run) => run.enqueues))
    rows.push(...toRows(`${name}, claim of ${pace.batch}`, claims, targetMs))
    say(
      `${name}, claims of ${pace.batch}: p99 ${claims.map((times) => formatValue(quantile(times, 0.99))).join(', ')} ms`,
    )
  }
  return [...rows, ...toRows(`${name}, enqueue of 1`, enqueues)]
}

async function runPace({ queue, feeder, worker, tags }: Flow, pace: Pace): Promise<Times> {
  const over = new AbortController()
  const enqueues: number[] = []
  let turn = 0
  const next = () => {
    turn += 1
    return { ...noopJob(tags[turn % TAGS] ?? ''), workspaceId: `tenant-${(turn * 37) % TENANTS}` }
  }
  const single = paced(SINGLE_EVERY_MS, over.signal, async () => {
    const beganMs = performance.now()
    await queue.enqueue([next()])
    enqueues.push(performance.now() - beganMs)
  })
  const many = paced(MANY.everyMs, over.signal, async () => {
    await feeder.enqueue(Array.from({ length: MANY.jobs }, next))
  })
  try {
    return { claims: await worker.claimSteadily(pace), enqueues }
  } finally {
    over.abort()
    await Promise.all([single, many])
  }
}

/** Does something at a pace; what is late is done at once. */
async function paced(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const beganMs = performance.now()
  for (let turn = 0; !signal.aborted; turn += 1) {
    await sleep(Math.max(0, beganMs + turn * everyMs - performance.now()), signal)
    if (!signal.aborted) await work()
  }
}

function toRows(name: string, runs: readonly (readonly number[])[], targetMs?: number): readonly Row[] {
  const note = `median of ${runs.length} runs of ${Math.min(...runs.map((times) => times.length))} or more`
  const at = (share: number) => median(runs.map((times) => quantile(times, share)))
  const common = { section: 'depth', unit: 'ms', note }
  return [
    { ...common, name: `${name}, p50`, value: at(0.5) },
    {
      ...common,
      name: `${name}, p99`,
      value: at(0.99),
      ...(targetMs !== undefined && { target: { atMost: targetMs } }),
    },
  ]
}
