import { Arena } from '../arena.ts'
import { Crowd } from '../crowd.ts'
import { demand, quantile, sayMs, type Proof } from '../prove.ts'
import { below } from '../seeded-random.ts'

/** How much is done and how often a worker is killed meanwhile. */
export interface KillPlan {
  readonly jobs: number
  readonly kills: number
  readonly workers: number
  readonly leaseMs: number
}

const PATIENCE_MS = 5000

/**
 * R1: runs jobs of 1 to 20 ms on worker processes and kills one (SIGKILL) each time a share of the jobs has ended. None is
 * lost, none ends twice, and what a killed worker held is claimed again within its lease and 5 s.
 */
export async function killWorkers(plan: KillPlan, seed: number): Promise<Proof> {
  const { leaseMs } = plan
  const arena = await Arena.open({ seed, leaseMs })
  const { random } = arena
  const crowd = new Crowd([{ url: arena.url, tags: [arena.tag], slots: 4, leaseMs }], plan.workers, arena.history)
  const check = () => crowd.check()
  let asked = 0
  const enqueueUpTo = async (count: number) => {
    const more = Array.from({ length: Math.min(count, plan.jobs) - asked }, () => ({
      args: { ms: 1 + below(random, 20) },
    }))
    asked += more.length
    if (more.length > 0) await arena.enqueue(more)
  }
  try {
    await enqueueUpTo(plan.jobs / 2)
    for (let kill = 0; kill < plan.kills; kill += 1) {
      await enqueueUpTo(Math.ceil((plan.jobs * (1 + (kill + 1) / plan.kills)) / 2))
      await arena.untilEnded(Math.floor(plan.jobs * ((kill + random()) / plan.kills) * 0.9), check)
      await crowd.killing.strike(random)
    }
    await arena.untilEnded(plan.jobs, check)
    await crowd.disperse()
    const { faults, lost, twice, repeats, recoveriesMs } = await arena.judge()
    const p99Ms = quantile(recoveriesMs, 0.99)
    return {
      figures: { jobs: asked, kills: plan.kills, lost, twice, 'run again': repeats, 'recovery p99': sayMs(p99Ms) },
      faults: [
        ...faults,
        ...demand(recoveriesMs.length > 0, 'no killed worker held a job'),
        ...demand(p99Ms < leaseMs + PATIENCE_MS, `jobs of killed workers came back after ${sayMs(p99Ms)}`),
      ],
    }
  } finally {
    await crowd.end()
    await arena.close()
  }
}
