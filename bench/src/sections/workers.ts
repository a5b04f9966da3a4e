import { availableParallelism } from 'node:os'
import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { Notifier, Queue } from '@millrace/queue'
import { BareWorker } from '@millrace/queue/testing/bare-worker'
import { simulateFleet } from '@millrace/queue/testing/simulated-fleet'
import { startBenchDatabase, type BenchDatabase } from '../database.ts'
import { measureFleet, type Fleet, type FleetWindow } from '../fleet.ts'
import { noopJob } from '../noop-consumer.ts'
import type { Row, Section } from '../section.ts'
import { median } from '../stats.ts'
import { formatValue } from '../table.ts'

const JOB_MS = 100
const FLEETS: readonly Fleet[] = [
  { workers: 10, slots: 1, jobMs: JOB_MS },
  { workers: 50, slots: 1, jobMs: JOB_MS },
  { workers: 100, slots: 1, jobMs: JOB_MS },
  { workers: 10, slots: 4, jobMs: JOB_MS },
  { workers: 50, slots: 4, jobMs: JOB_MS },
  { workers: 100, slots: 4, jobMs: JOB_MS },
]
/** The one that is held against the target and the simulation. */
const HUNDRED = FLEETS[2]
const SIMULATED = { runMs: JOB_MS, seconds: 20 }
/** What one PostgreSQL does with large batches; the simulation charges rows and not statements. */
const DATABASE_JOBS_PER_S = 25_000
const ROUND_TRIPS = 200

/** How much of their time many workers work, measured and simulated. */
export const workers: Section = {
  id: 'workers',
  summary: `10 to 100 workers whose jobs sleep ${JOB_MS} ms, measured and simulated, and 600 simulated`,

  async measure(say) {
    const base = await startBenchDatabase()
    try {
      const roundTripMs = await measureRoundTrip(base)
      say(`a claim of one job takes ${formatValue(roundTripMs)} ms`)
      const rows: Row[] = []
      for (const fleet of FLEETS) {
        const windows = await measureFleet(base, fleet)
        rows.push(...toRows(fleet, windows))
        const [rate, cores] = [
          median(windows.map(({ jobsPerS }) => jobsPerS)),
          median(windows.map((each) => each.cores)),
        ]
        say(`${nameOf(fleet)}: ${formatValue(rate)} jobs/s, ${formatValue(cores)} cores busy`)
        if (fleet === HUNDRED) rows.push(...simulatedRows(median(windows.map(ratioOf(fleet))), roundTripMs))
      }
      return rows
    } finally {
      await base.stop()
    }
  },
}

/** Of a claim on a quiet database, its commit included. */
async function measureRoundTrip(base: BenchDatabase): Promise<number> {
  const tag = `trip-${newId()}`
  const queue = new Queue(base.db, new Notifier(base.db.options, silentLogger))
  await queue.enqueue(Array.from({ length: ROUND_TRIPS * 2 }, () => noopJob(tag)))
  const worker = await BareWorker.join(base.db, [tag])
  return median(await worker.claimSteadily({ batch: 1, everyMs: 10, forMs: ROUND_TRIPS * 10 }))
}

/** Of the rate that slots would have without a pause between jobs that take what these took. */
function ratioOf({ workers: count, slots }: Fleet): (window: FleetWindow) => number {
  return ({ jobsPerS, meanRunMs }) => (jobsPerS * meanRunMs) / 1000 / (count * slots)
}

function toRows(fleet: Fleet, windows: readonly FleetWindow[]): readonly Row[] {
  const of = (read: (window: FleetWindow) => number) => median(windows.map(read))
  const cores = of((window) => window.cores)
  const nominal = of(({ jobsPerS }) => jobsPerS / (fleet.workers * fleet.slots * (1000 / fleet.jobMs)))
  const name = nameOf(fleet)
  return [
    {
      section: 'workers',
      name: `${name}, rate / ideal`,
      value: of(ratioOf(fleet)),
      unit: 'x',
      ...(fleet === HUNDRED && { target: { atLeast: 0.98 } }),
      note: `jobs took ${of((window) => window.meanRunMs).toFixed(1)} ms; ${nominal.toFixed(3)} of the rate of exact timers`,
    },
    {
      section: 'workers',
      name: `${name}, rate`,
      value: of((window) => window.jobsPerS),
      unit: 'jobs/s',
      note: `${cores.toFixed(2)} cores busy, PostgreSQL's included; median of ${windows.length} windows`,
    },
    {
      section: 'workers',
      name: `${name}, all cores are full at`,
      value: of(({ jobsPerS, cores: busy }) => (jobsPerS / busy) * availableParallelism()),
      unit: 'jobs/s',
    },
  ]
}

function simulatedRows(measured: number, roundTripMs: number): readonly Row[] {
  const simulate = (count: number) =>
    simulateFleet({ ...SIMULATED, workers: count, slots: 1, roundTripMs, databaseJobsPerS: DATABASE_JOBS_PER_S })
  const [hundred, sixHundred] = [simulate(100), simulate(600)]
  const common = { section: 'workers', unit: 'x' }
  const note = `round trips of ${formatValue(roundTripMs)} ms, as measured; a database of ${formatValue(DATABASE_JOBS_PER_S)} jobs/s`
  return [
    { ...common, name: '100 × 1 simulated, rate / ideal', value: hundred, note },
    { ...common, name: '100 × 1, measured - simulated', value: measured - hundred },
    { ...common, name: '600 × 1 simulated, rate / ideal', value: sixHundred, note },
  ]
}

function nameOf({ workers: count, slots }: Fleet): string {
  return `${count} × ${slots}`
}
