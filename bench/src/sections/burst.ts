import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import { Notifier, Queue } from '@millrace/queue'
import { startBenchDatabase, type BenchDatabase } from '../database.ts'
import { noopJob } from '../noop-consumer.ts'
import type { Row, Section } from '../section.ts'
import { median, quantile, repeat } from '../stats.ts'
import { formatValue } from '../table.ts'
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts'

const RUNS = 3
const JOBS = 100_000
const SLOTS = 24
const ALONE_MS = 3000
const BEHIND_MS = 4000
const PAUSE_MS_MAX = 12
/** What a worker may need for a look around when it has just begun. */
const WARM_UP = 20
const [A, B] = ['admins', 'second']

/** How long the next job of a tenant waits while another tenant has a hundred thousand queued. */
export const burst: Section = {
  id: 'burst',
  summary: "a tenant's wait behind 100,000 jobs of another one, against its wait alone",

  async measure(say) {
    const base = await startBenchDatabase()
    const notifier = new Notifier(base.db.options, silentLogger)
    await notifier.start(new AbortController().signal)
    try {
      await base.db.pool.query('insert into workspace (id, name, owner) values ($1, $1, $1)', [B])
      const rows: Row[] = []
      for (const jobMs of [1, 10]) {
        const runs = await repeat(RUNS, async () => {
          const run = await measureRun(base, new Queue(base.db, notifier), jobMs)
          say(
            `jobs of ${jobMs} ms: p95 ${p95(run.alone)} ms alone, ${p95(run.behind)} behind ${formatValue(run.atS)}/s`,
          )
          return run
        })
        rows.push(...toRows(runs, jobMs))
      }
      return rows
    } finally {
      await notifier.stop()
      await base.stop()
    }
  },
}

/** Milliseconds from the call of `enqueue` to the job's first line. */
interface Run {
  readonly alone: readonly number[]
  readonly behind: readonly number[]
  /** Jobs that the worker ran in a second meanwhile. */
  readonly atS: number
}

async function measureRun(base: BenchDatabase, queue: Queue, jobMs: number): Promise<Run> {
  const tag = `burst-${newId()}`
  const worker = await startWorkerProcess({ url: base.url, tag, slots: SLOTS, jobMs, tells: B })
  try {
    const sample = () => startOne(queue, worker, tag)
    await repeat(WARM_UP, sample)
    const alone = await sampleUntil(sample, performance.now() + ALONE_MS, () => false)

    // One call is one transaction: all of them are there at once.
    const job = { ...noopJob(tag), workspaceId: A }
    await queue.enqueue(Array.from({ length: JOBS }, () => job))
    const [beganMs, endedBefore] = [performance.now(), worker.endedCount()]
    const isLate = () => worker.endedCount() - endedBefore > JOBS * 0.8
    const behind = await sampleUntil(sample, beganMs + BEHIND_MS, isLate)
    const atS = ((worker.endedCount() - endedBefore) / (performance.now() - beganMs)) * 1000
    return { alone, behind, atS }
  } finally {
    await worker.stop()
    await base.db.pool.query('truncate job_queue')
  }
}

async function startOne(queue: Queue, worker: WorkerProcess, tag: string): Promise<number> {
  const id = newId()
  const began = worker.began(id)
  const enqueuedNs = process.hrtime.bigint()
  await queue.enqueue([{ ...noopJob(tag, id), workspaceId: B }])
  return Number((await began) - enqueuedNs) / 1e6
}

async function sampleUntil(
  sample: () => Promise<number>,
  untilMs: number,
  isOver: () => boolean,
): Promise<readonly number[]> {
  const samples: number[] = []
  while (performance.now() < untilMs && !isOver()) {
    await sleep(Math.random() * PAUSE_MS_MAX)
    samples.push(await sample())
  }
  return samples
}

function p95(samples: readonly number[]): string {
  return formatValue(quantile(samples, 0.95))
}

function toRows(runs: readonly Run[], jobMs: number): readonly Row[] {
  const of = (read: (run: Run) => number) => median(runs.map(read))
  const count = (read: (run: Run) => readonly number[]) =>
    `median of ${RUNS} runs of ${Math.min(...runs.map((run) => read(run).length))} or more`
  const common = { section: 'burst', unit: 'ms' }
  const name = `jobs of ${jobMs} ms`
  const at = (share: number, read: (run: Run) => readonly number[]) => of((run) => quantile(read(run), share))
  const alone = (run: Run) => run.alone
  const behind = (run: Run) => run.behind
  const ratios = runs.map((run) => quantile(run.behind, 0.95) / quantile(run.alone, 0.95))
  return [
    {
      section: 'burst',
      name: `${name}, p95 behind / alone`,
      value: median(ratios),
      unit: 'x',
      target: { atMost: 2 },
      note: `median of ${RUNS} runs (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    },
    { ...common, name: `${name}, alone, p50`, value: at(0.5, alone), note: count(alone) },
    { ...common, name: `${name}, alone, p95`, value: at(0.95, alone), note: count(alone) },
    { ...common, name: `${name}, behind, p50`, value: at(0.5, behind), note: count(behind) },
    { ...common, name: `${name}, behind, p95`, value: at(0.95, behind), note: count(behind) },
    {
      section: 'burst',
      name: `${name}, rate meanwhile`,
      value: of((run) => run.atS),
      unit: 'jobs/s',
      note: `one worker process, ${SLOTS} slots`,
    },
  ]
}
