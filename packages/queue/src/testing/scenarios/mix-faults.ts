import { Arena } from '../arena.ts'
import { Crowd } from '../crowd.ts'
import { countOutcomes } from '../history/database-notes.ts'
import { Load } from '../load.ts'
import { Nemesis } from '../nemesis/nemesis.ts'
import { OwnServer } from '../nemesis/stop-database.ts'
import { demand, quantile, sayMs, type Proof } from '../prove.ts'
import { below, type Random } from '../seeded-random.ts'

/** How often misfortune strikes, and how many work. */
export interface MixPlan {
  readonly blows: number
  readonly workers: number
  readonly leaseMs: number
}

const SHIFT_MS = 300_000
const PATIENCE_MS = 5000

/**
 * R1 to R8 together: workers with wrong clocks are killed and frozen and the database is ended under them, in an order that the
 * seed decides, while clients enqueue and cancel. The history keeps every rule.
 */
export async function mixFaults({ blows, workers, leaseMs }: MixPlan, seed: number): Promise<Proof> {
  const ground = await OwnServer.start()
  const arena = await Arena.open({ seed, leaseMs, ground })
  const plan = { url: arena.url, tags: [arena.tag], slots: 4, leaseMs }
  const plans = [{ ...plan, clockShiftMs: SHIFT_MS }, plan, { ...plan, clockShiftMs: -SHIFT_MS }]
  const crowd = new Crowd(plans, workers, arena.history)
  const load = new Load(arena, { batchMax: 10, pauseMs: 10, msMax: 50, backlogMax: 300 })
  const stopping = {
    name: ground.stopping.name,
    // Where it is away longer than a lease, everybody has lost theirs.
    async strike(random: Random) {
      crowd.lose()
      await ground.stopping.strike(random)
    },
  }
  const nemesis = new Nemesis(arena.random, [crowd.killing, crowd.freezing, stopping])
  try {
    await crowd.ready()
    for (let blow = 0; blow < blows; blow += 1) {
      await arena.untilEnded((await countOutcomes(arena.db)) + 20 + below(arena.random, 80), () => crowd.restock())
      await cancelSome(arena)
      await nemesis.strike()
    }
    await load.stop()
    await arena.untilEmpty(() => crowd.restock())
    await crowd.disperse()
    const { faults, acknowledged, lost, twice, repeats, recoveriesMs } = await arena.judge()
    const p99Ms = quantile(recoveriesMs, 0.99)
    return {
      figures: { jobs: acknowledged, blows, lost, twice, 'run again': repeats, 'recovery p99': sayMs(p99Ms) },
      faults: [
        ...faults,
        // A database that is away takes nobody's jobs back.
        ...demand(p99Ms < leaseMs + 2 * PATIENCE_MS, `jobs of lost workers came back after ${sayMs(p99Ms)}`),
      ],
    }
  } finally {
    await load.stop()
    await crowd.end()
    await arena.close()
  }
}

/** Cancels a few of the jobs that are not over, some by force. */
async function cancelSome(arena: Arena): Promise<void> {
  const { rows } = await arena.db.pool.query<{ id: string }>('select id from job_queue order by id desc limit 5')
  if (rows.length === 0) return
  await arena.cancel({ ids: rows.map((row) => row.id), force: arena.random() < 0.5 })
}
