import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import { NearWorkers, Notifier, Queue } from '@millrace/queue'
import { startBenchDatabase, type BenchDatabase } from '../database.ts'
import { noopJob, startNoopConsumer } from '../noop-consumer.ts'
import type { Row, Section } from '../section.ts'
import { median, quantile, repeat } from '../stats.ts'
import { startWorkerProcess } from '../worker-process.ts'

const RUNS = 3
const SAMPLES = 500
const PAUSE_MS_MAX = 12

/** From the call of `enqueue` until the job's code runs, one job at a time, with pauses in which everything falls asleep. */
export const latency: Section = {
  id: 'latency',
  summary: 'from the enqueue of a job to its first line, idle',

  async measure(say) {
    const base = await startBenchDatabase()
    const notifier = new Notifier(base.db.options, silentLogger)
    await notifier.start(new AbortController().signal)
    try {
      const queue = new Queue(base.db, notifier)
      const near = await inOneProcess(base, notifier)
      say('one process measured')
      const far = await acrossProcesses(base, queue)
      say('two processes measured')
      const bare = await twoCommits(base)
      return [
        ...toRows('start, one process', near, { p50: 2, p99: 6 }),
        ...toRows('start, two processes', far, { p50: 2.5, p99: 8 }),
        ...toRows('two bare commits', bare),
      ]
    } finally {
      await notifier.stop()
      await base.stop()
    }
  },
}

/** Milliseconds of each sample of each run. */
type Runs = readonly (readonly number[])[]

async function inOneProcess(base: BenchDatabase, notifier: Notifier): Promise<Runs> {
  const workers = new NearWorkers()
  const queue = new Queue(base.db, notifier, workers)
  const tag = `near-${newId()}`
  let began: (atMs: number) => void = () => {}
  const consumer = await startNoopConsumer({ db: base.db, notifier, near: workers, tag, slots: 4 }, () =>
    began(performance.now()),
  )
  const sample = async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    began = resolve
    const enqueuedMs = performance.now()
    await queue.enqueue([noopJob(tag)])
    return (await promise) - enqueuedMs
  }
  try {
    return await sampleRuns(sample)
  } finally {
    await consumer.stop()
  }
}

async function acrossProcesses(base: BenchDatabase, queue: Queue): Promise<Runs> {
  const tag = `far-${newId()}`
  const worker = await startWorkerProcess({ url: base.url, tag, slots: 4 })
  const sample = async () => {
    const id = newId()
    const began = worker.began(id)
    const enqueuedNs = process.hrtime.bigint()
    await queue.enqueue([noopJob(tag, id)])
    return Number((await began) - enqueuedNs) / 1e6
  }
  try {
    return await sampleRuns(sample)
  } finally {
    await worker.stop()
  }
}

/** What a disk and a connection cost, whatever is written: no start can be sooner. */
async function twoCommits({ db }: BenchDatabase): Promise<Runs> {
  await db.pool.query('create table bare (id uuid, what text)')
  const insert = { name: 'bare', text: 'insert into bare (id, what) values ($1, $2)' }
  return await sampleRuns(async () => {
    const beganMs = performance.now()
    for (const what of ['enqueue', 'claim']) await db.pool.query({ ...insert, values: [newId(), what] })
    return performance.now() - beganMs
  })
}

/** The first tenth of a run is warming up and thrown away. */
function sampleRuns(sample: () => Promise<number>): Promise<Runs> {
  return repeat(RUNS, async () => {
    const samples = await repeat(Math.ceil(SAMPLES * 1.1), async () => {
      await sleep(Math.random() * PAUSE_MS_MAX)
      return await sample()
    })
    return samples.slice(-SAMPLES)
  })
}

function toRows(name: string, runs: Runs, target?: { p50: number; p99: number }): readonly Row[] {
  const note = `median of ${RUNS} runs of ${SAMPLES}`
  const at = (share: number) => median(runs.map((samples) => quantile(samples, share)))
  const common = { section: 'latency', unit: 'ms' }
  return [
    { ...common, name: `${name}, p50`, value: at(0.5), ...(target && { target: { atMost: target.p50 } }), note },
    { ...common, name: `${name}, p99`, value: at(0.99), ...(target && { target: { atMost: target.p99 } }), note },
  ]
}
