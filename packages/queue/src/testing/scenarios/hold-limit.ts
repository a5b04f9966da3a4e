import { Arena } from '../arena.ts'
import { Crowd } from '../crowd.ts'
import { limitUses } from '../history/check-limits.ts'
import { tellStories } from '../history/story.ts'
import { demand, type Proof } from '../prove.ts'
import { noop } from '../queue-fixture.ts'

/** How much is done under a limit, by how many, and how often one of them is killed. */
export interface LimitPlan {
  readonly jobs: number
  readonly slots: number
  readonly ms: number
  readonly workers: number
  readonly kills: number
  readonly leaseMs: number
  /** Share of the slots' time in which a worker must hold a job. */
  readonly utilisationMin: number
}

const KEY = 'the key'

/**
 * R19: many workers, some of which are killed, run jobs that share a concurrency key. At no moment more of them are held than the
 * key allows, at some moment as many, the slots are seldom idle, and in the end none is taken.
 */
export async function holdLimit(plan: LimitPlan, seed: number): Promise<Proof> {
  const { jobs, slots, ms, workers, kills, leaseMs, utilisationMin } = plan
  const arena = await Arena.open({ seed, leaseMs })
  const crowd = new Crowd([{ url: arena.url, tags: [arena.tag], slots: 2, leaseMs }], workers, arena.history)
  const check = () => crowd.check()
  try {
    await crowd.ready()
    const options = { concurrency: { key: KEY, limit: slots } }
    for (let at = 0; at < jobs; at += 1000)
      await arena.enqueue(Array.from({ length: Math.min(1000, jobs - at) }, () => ({ args: { ms }, options })))
    for (let kill = 0; kill < kills; kill += 1) {
      await arena.untilEnded(Math.floor((jobs * (kill + arena.random())) / kills), check)
      await crowd.killing.strike(arena.random)
    }
    await arena.untilEmpty(check)
    await crowd.disperse()
    const { faults, lost, twice, repeats } = await arena.judge()
    const leaked = await leakedSlots(arena, slots)
    const [use] = limitUses(arena.history.entries, tellStories(arena.history.entries))
    const { max = 0, utilisation = 0 } = use ?? {}
    const share = `${(utilisation * 100).toFixed(1)}%`
    return {
      figures: { jobs, kills, lost, twice, 'run again': repeats, 'at once max': max, leaked, utilisation: share },
      faults: [
        ...faults,
        ...demand(max === slots, `${max} of ${slots} jobs of the key ran at once at the most`),
        ...demand(leaked === 0, `${leaked} slots are taken although nothing runs`),
        ...demand(utilisation >= utilisationMin, `the slots were used for ${share} of the time`),
      ],
    }
  } finally {
    await crowd.end()
    await arena.close()
  }
}

/** Slots of the key that new jobs do not get. */
async function leakedSlots({ db, queue, tag }: Arena, slots: number): Promise<number> {
  const options = { concurrency: { key: KEY, limit: slots } }
  await queue.enqueue(Array.from({ length: slots }, () => noop(`${tag}-probe`, { options })))
  const { rowCount } = await db.pool.query(`select from job_queue where concurrency_key = $1 and state = 'ready'`, [
    KEY,
  ])
  return slots - (rowCount ?? 0)
}
