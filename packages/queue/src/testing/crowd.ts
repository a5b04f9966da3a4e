import type { History } from './history/history.ts'
import type { Blow } from './nemesis/nemesis.ts'
import { below, type Random } from './seeded-random.ts'
import { sleep } from '@millrace/base/time'
import { waitUntil } from './wait-until.ts'
import { WorkerProcess, type WorkerPlan } from './worker-process.ts'

const STUCK_MS = 60_000

/** Worker processes, as many at any time: one that is taken away has a successor at once. */
export class Crowd {
  readonly #plans: readonly WorkerPlan[]
  readonly #history: History
  #members: WorkerProcess[]
  #gone: WorkerProcess[] = []
  #born = 0

  /** Members follow the plans in turn. */
  constructor(plans: readonly WorkerPlan[], size: number, history: History) {
    this.#plans = plans
    this.#history = history
    this.#members = Array.from({ length: size }, () => this.#bear())
  }

  get members(): readonly WorkerProcess[] {
    return this.#members
  }

  async ready(): Promise<readonly number[]> {
    return await Promise.all(this.#members.map((member) => member.ready))
  }

  /** Nobody may leave whom the nemesis left alone: a lease lost by a living worker is a fault. */
  check(): void {
    for (const member of this.#members)
      if (member.hasExited || member.hasLost) throw new Error(`worker ${member.id} ended although it was left alone`)
  }

  /** Notes that all are cut off; who loses the lease by that has a successor when `restock` is called. */
  lose(): void {
    for (const member of this.#members) member.lose()
  }

  /** Successors of all who noticed that their lease is lost. */
  restock(): void {
    for (const member of this.#members) if (member.hasLost || member.hasExited) this.#succeed(member)
  }

  /** Kills one at random once two work, so that the others always have someone to take over. */
  readonly killing: Blow = {
    name: 'kill',
    strike: async (random) => await (await this.#victim(random))?.kill(),
  }

  /** Freezes one at random for three leases, while the others go on. */
  readonly freezing: Blow = {
    name: 'freeze',
    strike: async (random) => {
      const victim = await this.#victim(random)
      if (!victim) return
      victim.freeze()
      await sleep(3 * (this.#plans[0]?.leaseMs ?? 0))
      victim.thaw()
      await Promise.race([victim.lost, victim.exited])
    },
  }

  async disperse(): Promise<void> {
    for (const member of this.#gone) member.thaw()
    await Promise.all([...this.#members.map((member) => member.drain()), ...this.#gone.map((member) => member.exited)])
  }

  /** For a scenario that has failed. */
  async end(): Promise<void> {
    await Promise.all([...this.#members, ...this.#gone].map((member) => member.kill()))
  }

  async #victim(random: Random): Promise<WorkerProcess | undefined> {
    const working = () => this.#members.filter((member) => member.isWorking)
    await waitUntil('two workers work', STUCK_MS, () => working().length >= 2)
    const victims = working()
    const victim = victims[below(random, victims.length)]
    if (victim) this.#succeed(victim)
    return victim
  }

  #succeed(member: WorkerProcess): void {
    this.#gone.push(member)
    this.#members = [...this.#members.filter((other) => other !== member), this.#bear()]
  }

  #bear(): WorkerProcess {
    const plan = this.#plans[this.#born % this.#plans.length]
    if (!plan) throw new Error('a crowd needs a plan')
    this.#born += 1
    return new WorkerProcess(plan, this.#history)
  }
}
