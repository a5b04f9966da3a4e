import { sleep } from '@millrace/base/time'
import { Arena } from '../arena.ts'
import { Crowd } from '../crowd.ts'
import { Load } from '../load.ts'
import { Nemesis, type Blow } from '../nemesis/nemesis.ts'
import { TcpProxy, type Weather } from '../nemesis/tcp-proxy.ts'
import { processCpuMs } from '../process-cpu.ts'
import { demand, sayMs, type Proof } from '../prove.ts'
import { waitUntil } from '../wait-until.ts'

/** How long the network between workers and database is bad, and how often. */
export interface NetworkPlan {
  readonly turns: number
  readonly leaseMs: number
  /** Of each kind of bad weather; a cut lasts so long too. */
  readonly badMs: number
  readonly workers: number
}

/** Nothing of a core's time may be more than this while the network is away. */
const CPU_SHARE_MAX = 0.5
const NOTICE_MS = 60_000

/**
 * R7: workers reach the database through a network that falls silent, refuses and breaks connections, delays what it carries by
 * 200 ms, and resets 1% of it. Nothing is lost or ends twice, workers that were cut off longer than their lease notice it
 * by themselves (Q13), and nobody spins.
 */
export async function disturbNetwork({ turns, leaseMs, badMs, workers }: NetworkPlan, seed: number): Promise<Proof> {
  const arena = await Arena.open({ seed, leaseMs })
  const proxy = await TcpProxy.open(arena.url, arena.random)
  const plan = { url: proxy.through(arena.url), tags: [arena.tag], slots: 4, leaseMs }
  const crowd = new Crowd([plan], workers, arena.history)
  const load = new Load(arena, { batchMax: 8, pauseMs: 20, msMax: 50, backlogMax: 200 })
  const cpuShares: number[] = []
  const noticedMs: number[] = []
  const comeBack = async () =>
    await waitUntil('workers are back', NOTICE_MS, () => {
      crowd.restock()
      return crowd.members.every((member) => member.isWorking)
    })
  const cut = (name: string, weather: Partial<Weather>): Blow => ({
    name,
    async strike() {
      const { members } = crowd
      const cpuBefore = await Promise.all(members.map((member) => processCpuMs(member.pid)))
      crowd.lose()
      const beganMs = performance.now()
      proxy.become(weather)
      // A worker may end at once when it notices.
      const noticed = Promise.all(members.map((member) => Promise.race([member.lost, member.exited])))
      await Promise.race([noticed, sleep(NOTICE_MS)])
      noticedMs.push(performance.now() - beganMs)
      await sleep(badMs - (performance.now() - beganMs))
      const elapsedMs = performance.now() - beganMs
      for (const [index, member] of members.entries()) {
        const afterMs = await processCpuMs(member.pid).catch(() => undefined)
        if (afterMs !== undefined) cpuShares.push((afterMs - (cpuBefore[index] ?? 0)) / elapsedMs)
      }
      proxy.become({})
      await comeBack()
    },
  })
  const endure = (name: string, weather: Partial<Weather>): Blow => ({
    name,
    async strike() {
      proxy.become(weather)
      await sleep(badMs)
      proxy.become({})
      crowd.check()
    },
  })
  // Connections that break, and take long to be made again, may cost a lease.
  const suffer = (name: string, weather: Partial<Weather>): Blow => ({
    name,
    async strike() {
      crowd.lose()
      proxy.become(weather)
      await sleep(badMs)
      proxy.become({})
      await comeBack()
    },
  })
  const nemesis = new Nemesis(arena.random, [
    cut('silence', { isSilent: true }),
    cut('refuse', { isRefusing: true }),
    endure('slow', { latencyMs: 200 }),
    endure('reset', { resets: 0.01 }),
    suffer('slow and reset', { latencyMs: 200, resets: 0.01 }),
  ])
  try {
    await crowd.ready()
    for (let turn = 0; turn < turns; turn += 1) await nemesis.strike()
    await load.stop()
    await arena.untilEmpty(() => crowd.check())
    await crowd.disperse()
    const { faults, acknowledged, lost, twice, repeats } = await arena.judge()
    const cpuMax = Math.max(0, ...cpuShares)
    const noticedMax = Math.max(0, ...noticedMs)
    return {
      figures: {
        jobs: acknowledged,
        disturbances: turns,
        lost,
        twice,
        'run again': repeats,
        'cpu while cut off max': `${(cpuMax * 100).toFixed(0)}%`,
        'noticed after max': sayMs(noticedMax),
      },
      faults: [
        ...faults,
        ...demand(cpuMax <= CPU_SHARE_MAX, `a worker that was cut off used ${(cpuMax * 100).toFixed(0)}% of a core`),
        ...demand(
          noticedMax < 2 * leaseMs + 1000,
          `workers noticed only after ${sayMs(noticedMax)} that they were cut off`,
        ),
      ],
    }
  } finally {
    proxy.become({})
    await load.stop()
    await crowd.end()
    await proxy.close()
    await arena.close()
  }
}
