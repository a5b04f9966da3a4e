import { Arena } from '../arena.ts'
import { Crowd } from '../crowd.ts'
import { readOutcomes } from '../history/database-notes.ts'
import { Load } from '../load.ts'
import { demand, quantile, sayMs, type Proof } from '../prove.ts'

/** How often a worker is frozen, and how many are at once. */
export interface FreezePlan {
  readonly freezes: number
  readonly atOnce: number
  readonly leaseMs: number
}

/**
 * R2: freezes workers (SIGSTOP) with jobs in their hands for three leases while others work, and lets them go on. What they
 * still write is refused: outcomes stay as they were read while the workers slept, and no run that succeeded turns failed.
 */
export async function freezeWorkers({ freezes, atOnce, leaseMs }: FreezePlan, seed: number): Promise<Proof> {
  const arena = await Arena.open({ seed, leaseMs })
  const crowd = new Crowd([{ url: arena.url, tags: [arena.tag], slots: 4, leaseMs }], atOnce + 2, arena.history)
  const load = new Load(arena, { batchMax: 8, pauseMs: 20, msMax: leaseMs / 4, backlogMax: 40 })
  try {
    for (let turn = 0; turn < freezes; turn += atOnce) {
      await crowd.ready()
      const frozen = Array.from({ length: Math.min(atOnce, freezes - turn) }, () => crowd.freezing.strike(arena.random))
      await readOutcomes(arena.db, arena.history)
      await Promise.all(frozen)
      crowd.check()
    }
    await load.stop()
    await arena.untilEmpty(() => crowd.check())
    await crowd.disperse()
    const { faults, lost, twice, repeats, recoveriesMs } = await arena.judge()
    const failed = arena.history.entries.filter((entry) => entry.op === 'end' && entry.status !== 'success').length
    const stale = arena.history.entries.filter((entry) => entry.op === 'complete' && entry.answer === 'stale').length
    return {
      figures: {
        jobs: load.asked,
        freezes,
        lost,
        twice,
        failed,
        'stale writes refused': stale,
        'run again': repeats,
        'recovery p99': sayMs(quantile(recoveriesMs, 0.99)),
      },
      faults: [
        ...faults,
        ...demand(failed === 0, `${failed} jobs failed`),
        ...demand(recoveriesMs.length >= freezes, 'workers were frozen without jobs in their hands'),
      ],
    }
  } finally {
    await load.stop()
    await crowd.end()
    await arena.close()
  }
}
