import { seededRandom } from '../testing/seeded-random.ts'
import type { WorkerPlan } from './model-worker.ts'
import type { ModelJob } from './queue-row.ts'
import type { Batch, Plan, Report } from './simulate.ts'
import { logNormal } from './variates.ts'

/** The tag and priority of scenarios that need only one. */
export const LINE = { tag: 'x', priority: 0 }

/** Workers that are there from the beginning to the end. */
export function fleet(count: number, workerOf: (nth: number) => Partial<WorkerPlan>): readonly WorkerPlan[] {
  return Array.from({ length: count }, (_, nth) => ({
    slots: 4,
    speed: 1,
    tags: [LINE.tag],
    roundTripMs: 2,
    joinAtMs: 0,
    ...workerOf(nth),
  }))
}

/** A plan of one line and a fast database. */
export function scenario(workers: readonly WorkerPlan[], batches: readonly Batch[], more: Partial<Plan> = {}): Plan {
  const inOrder = [...batches].sort((a, b) => a.atMs - b.atMs)
  return { workers, batches: inOrder, databaseJobsPerS: 25_000, watched: LINE, ...more }
}

/** Jobs that differ in their run times only. */
export function jobs(count: number, seed: number, meanMs: number, job: Partial<ModelJob> = {}): readonly ModelJob[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => ({
    tenant: 'a',
    ...LINE,
    attemptsMax: 3,
    runMs: logNormal(random, meanMs, 0.5),
    ...job,
  }))
}

/** Which part of its slots' time a worker was busy. */
export function utilisation(
  { referee, workers }: Report,
  nth: number,
  [fromS, toS]: readonly [number, number],
): number {
  const worker = workers[nth]
  if (!worker) return 0
  return referee.busyOf(worker.number).between(fromS, toS) / (toS - fromS) / 1000 / worker.plan.slots
}

/** Of all workers together, as work: a fast slot counts for more. */
export function workDone(report: Report, seconds: readonly [number, number]): { done: number; possible: number } {
  const each = report.workers.map(({ plan: { slots, speed } }, nth) => ({
    done: utilisation(report, nth, seconds) * slots * speed,
    possible: slots * speed,
  }))
  return {
    done: each.reduce((sum, { done }) => sum + done, 0),
    possible: each.reduce((sum, { possible }) => sum + possible, 0),
  }
}
