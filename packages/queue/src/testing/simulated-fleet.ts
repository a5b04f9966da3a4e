import { fleet, jobs, scenario, workDone } from '../simulation/scenarios.ts'
import { simulate } from '../simulation/simulate.ts'

/** Joining is no work. */
const WARM_S = 2

/** Like workers with like jobs, of which there are always enough. */
export interface FleetPlan {
  readonly workers: number
  readonly slots: number
  readonly runMs: number
  /** Of one statement. */
  readonly roundTripMs: number
  /** Claims and completions of so many jobs are what the database can do in a second. */
  readonly databaseJobsPerS: number
  readonly seconds: number
}

/** Which part of the ideal rate a simulated fleet keeps; throws what the referee finds. */
export function simulateFleet({ seconds, runMs, databaseJobsPerS, ...each }: FleetPlan): number {
  const count = Math.ceil(each.workers * each.slots * (1000 / runMs) * (WARM_S + seconds + 1))
  const batch = { atMs: 0, jobs: jobs(count, 1, runMs).map((job) => ({ ...job, runMs })) }
  const members = fleet(each.workers, () => ({ slots: each.slots, roundTripMs: each.roundTripMs }))
  const report = simulate(scenario(members, [batch], { databaseJobsPerS }))
  if (report.faults.length > 0) throw new Error(report.faults.join('\n'))
  const { done, possible } = workDone(report, [WARM_S, WARM_S + seconds])
  return done / possible
}
