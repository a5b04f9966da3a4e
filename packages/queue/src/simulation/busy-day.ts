import type { ConcurrencyLimit } from '../job.ts'
import { below, seededRandom, type Random } from '../testing/seeded-random.ts'
import type { WorkerPlan } from './model-worker.ts'
import type { ModelJob } from './queue-row.ts'
import type { Batch, Plan } from './simulate.ts'
import { exponential, logNormal, zipf } from './variates.ts'

/** What jobs and workers are tagged with, the popular ones first. */
export const DAY_TAGS = Array.from({ length: 12 }, (_, nth) => `tag${nth}`)
const SLOTS = [1, 1, 2, 2, 4, 4, 8, 8, 16, 32, 64]
const WEIGHTS = [0.5, 1, 2, 4]
const TENANTS = 100
/** A key for so many jobs, of which a fiftieth have one. */
const JOBS_OF_KEY = 5000
const RUN_MS = 2000
/** How much more is asked for, while it is, than the workers can do. */
const LOAD = 1.15
/** They ask for much at the very beginning, in one line. */
export const EARLY_TENANTS = Array.from({ length: 8 }, (_, nth) => `e${nth}`)
/** Which part of all jobs that is. */
const EARLY_SHARE = 0.1
const WATCHED = { tag: 'tag0', priority: 0 }

/** How large a day is. */
export interface DaySize {
  readonly seed: number
  readonly workers: number
  readonly jobs: number
}

/**
 * All that happens to a scheduler at once: unequal workers that join, drain and crash; popular and unpopular tags; tenants of
 * all weights that ask for single jobs and for a thousand; priorities, concurrency keys with and without windows, jobs for
 * later, cancels; run times from milliseconds to minutes; and more work than can be done.
 */
export function busyDay({ seed, workers: count, jobs }: DaySize): Plan {
  const random = seededRandom(seed)
  const workers = Array.from({ length: count }, () => makeWorker(random))
  const jobsPerMs = workers.reduce((sum, { slots, speed }) => sum + slots * speed, 0) / RUN_MS
  const spanMs = jobs / jobsPerMs / LOAD
  return {
    workers: workers.map((worker) => withFate(random, worker, spanMs)),
    batches: makeBatches(random, jobs, spanMs),
    weightOf: dayWeight,
    databaseJobsPerS: 25_000,
    watched: WATCHED,
  }
}

/** The weight of a tenant, which its name says. */
export function dayWeight(tenant: string): number {
  return WEIGHTS[Number(tenant.slice(1)) % WEIGHTS.length] ?? 1
}

function makeWorker(random: Random): WorkerPlan {
  const tags = [...DAY_TAGS].sort(() => random() - 0.5)
  return {
    slots: SLOTS[below(random, SLOTS.length)] ?? 1,
    speed: 0.5 * 4 ** random(),
    tags: random() < 0.7 ? tags : tags.slice(0, DAY_TAGS.length / 2),
    roundTripMs: 1 + 3 * random(),
    joinAtMs: 0,
  }
}

/** A tenth comes late, a twentieth leaves and a tenth crashes. */
function withFate(random: Random, worker: WorkerPlan, spanMs: number): WorkerPlan {
  const fate = random()
  const atMs = random() * spanMs
  if (fate < 0.1) return { ...worker, joinAtMs: atMs / 2 }
  if (fate < 0.15) return { ...worker, leaveAtMs: atMs }
  if (fate < 0.25) return { ...worker, crashAtMs: atMs }
  return worker
}

function* makeBatches(random: Random, jobs: number, spanMs: number): Generator<Batch> {
  const early = Math.floor(jobs * EARLY_SHARE)
  yield { atMs: 0, jobs: earlyJobs(random, early) }
  const tagOf = zipf(random, DAY_TAGS.length)
  const tenantOf = zipf(random, TENANTS, 0.7)
  let left = jobs - early
  let atMs = 0
  while (left > 0) {
    const concurrency = random() < 0.03 ? limitOf(below(random, Math.ceil(jobs / JOBS_OF_KEY))) : undefined
    const size = Math.min(left, concurrency ? 1 + below(random, 5) : batchSize(random))
    const tag = DAY_TAGS[tagOf()] ?? ''
    const tenant = `t${tenantOf()}`
    const priority = priorityOf(random)
    const batch = Array.from({ length: size }, (): ModelJob => {
      const dueAtMs = random() < 0.05 ? atMs + exponential(random, 10_000) : undefined
      return {
        tenant,
        tag,
        priority,
        concurrency,
        dueAtMs,
        attemptsMax: random() < 0.9 ? 3 : 1,
        runMs: runTime(random),
      }
    })
    const cancels = batch.flatMap((_, index) =>
      random() < 0.01 ? [{ index, afterMs: exponential(random, 5000) }] : [],
    )
    yield { atMs, jobs: batch, cancels }
    left -= size
    atMs += exponential(random, (spanMs * size) / (jobs - early))
  }
}

/** As many of each tenant as its weight says, so that all of them wait for equally long. */
function earlyJobs(random: Random, count: number): readonly ModelJob[] {
  const total = EARLY_TENANTS.reduce((sum, tenant) => sum + dayWeight(tenant), 0)
  return EARLY_TENANTS.flatMap((tenant) =>
    Array.from({ length: Math.floor((count * dayWeight(tenant)) / total) }, (): ModelJob => ({
      tenant,
      ...WATCHED,
      attemptsMax: 3,
      runMs: runTime(random),
    })),
  )
}

function batchSize(random: Random): number {
  const pick = random()
  if (pick < 0.002) return 500 + below(random, 1500)
  return pick < 0.7 ? 1 : 1 + below(random, 20)
}

function priorityOf(random: Random): number {
  const pick = random()
  if (pick < 0.05) return 50
  return pick < 0.2 ? 10 : 0
}

function limitOf(nth: number): ConcurrencyLimit {
  const key = `key${nth}`
  const limit = 2 + (nth % 20)
  return nth % 8 === 0 ? { key, limit, windowS: 1 + (nth % 3) } : { key, limit }
}

function runTime(random: Random): number {
  return Math.min(30_000, logNormal(random, RUN_MS, 1))
}
