import { Arena } from '../arena.ts'
import { Crowd } from '../crowd.ts'
import { countOutcomes } from '../history/database-notes.ts'
import { Load } from '../load.ts'
import { OwnServer } from '../nemesis/stop-database.ts'
import { demand, quantile, sayMs, type Proof } from '../prove.ts'
import { below } from '../seeded-random.ts'
import { waitUntil } from '../wait-until.ts'

/** How often the database is ended. */
export interface StopPlan {
  readonly restarts: number
  readonly workers: number
}

/** Longer than the database is ever away: nobody may lose a lease by it. */
const LEASE_MS = 20_000
const RESUME_MS_MAX = 10_000

/**
 * R5: ends the database under load and starts it again. What was acknowledged is there, nothing is run twice, and work goes on
 * within 10 s of its return.
 */
export async function stopDatabase({ restarts, workers }: StopPlan, seed: number): Promise<Proof> {
  const ground = await OwnServer.start()
  const arena = await Arena.open({ seed, leaseMs: LEASE_MS, ground })
  const crowd = new Crowd([{ url: arena.url, tags: [arena.tag], slots: 4, leaseMs: LEASE_MS }], workers, arena.history)
  const load = new Load(arena, { batchMax: 20, pauseMs: 5, msMax: 20, backlogMax: 500 })
  const resumedMs: number[] = []
  try {
    await crowd.ready()
    for (let restart = 0; restart < restarts; restart += 1) {
      await arena.untilEnded((await countOutcomes(arena.db)) + 20 + below(arena.random, 100), () => crowd.check())
      await ground.stopping.strike(arena.random)
      const upMs = performance.now()
      const before = await countOutcomes(arena.db)
      await waitUntil('work goes on', 60_000, async () => (await countOutcomes(arena.db)) > before)
      resumedMs.push(performance.now() - upMs)
    }
    await load.stop()
    await arena.untilEmpty(() => crowd.check())
    await crowd.disperse()
    const { faults, acknowledged, lost, twice, repeats } = await arena.judge()
    const slowestMs = quantile(resumedMs, 1)
    return {
      figures: { jobs: acknowledged, restarts, lost, twice, 'run again': repeats, 'resumed max': sayMs(slowestMs) },
      faults: [
        ...faults,
        ...demand(repeats === 0, `${repeats} runs were repeated although nobody lost a lease`),
        ...demand(slowestMs <= RESUME_MS_MAX, `work went on ${sayMs(slowestMs)} after the database was back`),
      ],
    }
  } finally {
    await load.stop()
    await crowd.end()
    await arena.close()
  }
}
