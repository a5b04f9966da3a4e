import { silentLogger } from '@millrace/base/logger'
import type { TestDatabase } from '@millrace/db/testing'
import { Keeper } from '../keeper.ts'
import { countOutcomes, judge, type Verdict } from './claim-history.ts'
import { freshTag, noop, startQueue } from './queue-fixture.ts'
import { below, seededRandom, type Random } from './seeded-random.ts'
import { waitUntil } from './wait-until.ts'
import { WorkerProcess } from './worker-process.ts'

/** How much is done and how often a worker is killed meanwhile. */
export interface KillPlan {
  readonly jobs: number
  readonly kills: number
  readonly workers: number
  readonly leaseMs: number
  readonly seed: number
}

/** More than any job can use up: a job that fails with `WorkerLost` would hide what is looked for. */
const ATTEMPTS_MAX = 10_000
/** How long nothing may end before the run counts as stuck. */
const STUCK_MS = 60_000

/**
 * Runs jobs of 1 to 20 ms on worker processes, kills one (SIGKILL) each time a share of the jobs has ended, starts another
 * in its place, and judges what the database recorded (`recordHistory`).
 */
export async function killWorkers(base: TestDatabase, plan: KillPlan): Promise<Verdict> {
  const random = seededRandom(plan.seed)
  const { queue, notifier, stop } = await startQueue(base.db)
  const keeper = new Keeper({
    db: base.db,
    notifier,
    log: silentLogger,
    leaseMs: plan.leaseMs,
    retentionDays: 30,
  })
  await keeper.start()
  const tag = freshTag()
  const ids: string[] = []
  const enqueueUpTo = async (count: number) => {
    const more = Math.min(count, plan.jobs) - ids.length
    if (more > 0) ids.push(...(await queue.enqueue(Array.from({ length: more }, () => shortJob(tag, random)))))
  }
  const crowd = new Crowd({ url: base.url, tag, slots: 4, leaseMs: plan.leaseMs }, plan.workers)
  try {
    await enqueueUpTo(plan.jobs / 2)
    for (let kill = 0; kill < plan.kills; kill += 1) {
      await enqueueUpTo(Math.ceil((plan.jobs * (1 + (kill + 1) / plan.kills)) / 2))
      const share = (kill + random()) / plan.kills
      await untilEnded(base, Math.floor(plan.jobs * share * 0.9), crowd)
      await crowd.killOne(random)
    }
    await untilEnded(base, plan.jobs, crowd)
  } finally {
    await crowd.disperse()
    await keeper.stop()
    await stop()
  }
  return await judge(base.db, ids, crowd.losses)
}

function shortJob(tag: string, random: Random) {
  return noop(tag, { args: { ms: 1 + below(random, 20) }, attemptsMax: ATTEMPTS_MAX })
}

async function untilEnded(base: TestDatabase, count: number, crowd: Crowd): Promise<void> {
  await waitUntil(`${count} jobs have ended`, STUCK_MS, async () => {
    crowd.check()
    return (await countOutcomes(base.db)) >= count
  })
}

/** Worker processes, as many at any time. */
class Crowd {
  readonly losses = new Map<string, number>()
  readonly #order: ConstructorParameters<typeof WorkerProcess>[0]
  #members: WorkerProcess[]

  constructor(order: ConstructorParameters<typeof WorkerProcess>[0], size: number) {
    this.#order = order
    this.#members = Array.from({ length: size }, () => new WorkerProcess(order))
  }

  /** Nobody may leave who was not killed: a lease lost by a living worker is a fault. */
  check(): void {
    for (const member of this.#members)
      if (member.hasExited) throw new Error(`worker ${member.id} ended although nobody killed it`)
  }

  /** Kills one at random once two work, so that the others always have someone to take over. */
  async killOne(random: Random): Promise<void> {
    const working = () => this.#members.filter((member) => member.isWorking)
    await waitUntil('two workers work', STUCK_MS, () => working().length >= 2)
    const victims = working()
    const victim = victims[below(random, victims.length)]
    if (!victim) return
    victim.signal('SIGKILL')
    await victim.exited
    this.losses.set(victim.id, Date.now())
    this.#members = [...this.#members.filter((member) => member !== victim), new WorkerProcess(this.#order)]
  }

  async disperse(): Promise<void> {
    for (const member of this.#members) member.signal(member.isWorking ? 'SIGTERM' : 'SIGKILL')
    await Promise.all(this.#members.map((member) => member.exited))
  }
}
