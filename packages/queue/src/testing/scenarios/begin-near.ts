import { sleep } from '@millrace/base/time'
import { Arena } from '../arena.ts'
import { NearServer } from '../near-server.ts'
import { Nemesis, type Blow } from '../nemesis/nemesis.ts'
import { TcpProxy, type Weather } from '../nemesis/tcp-proxy.ts'
import { demand, type Proof } from '../prove.ts'
import { below } from '../seeded-random.ts'
import { waitUntil } from '../wait-until.ts'

/** How long a server with a worker of its own reaches the database badly, and how often. */
export interface NearPlan {
  readonly turns: number
  readonly leaseMs: number
  /** Of each kind of bad weather. */
  readonly badMs: number
  /** Clients that call at once. */
  readonly clients: number
}

const BACK_MS = 60_000
/** Before the first disturbance there are more; while it is in doubt the worker begins none so. */
const BEGUN_MIN = 10

/**
 * R7 for jobs that begin as they are written (Q44, Q45): who enqueues and the worker are in one process and reach the database
 * through one network, which loses answers of calls that were committed, is slow, and falls silent for longer than the lease; and the
 * worker drains while calls are under way. Nothing is lost, ends twice or is run twice at a time.
 */
export async function beginNear({ turns, leaseMs, badMs, clients }: NearPlan, seed: number): Promise<Proof> {
  const arena = await Arena.open({ seed, leaseMs })
  const proxy = await TcpProxy.open(arena.url, arena.random)
  const server = await NearServer.open(arena, proxy.through(arena.url))
  const enough = new AbortController()
  const calls = Array.from({ length: clients }, () => callUntil(arena, server, enough.signal))
  const under = (name: string, weather: Partial<Weather>, ms: number): Blow => ({
    name,
    async strike() {
      server.lose()
      proxy.become(weather)
      await sleep(ms)
      proxy.become({})
      await waitUntil('its worker is back', BACK_MS, () => server.isWorking)
    },
  })
  const nemesis = new Nemesis(arena.random, [
    under('reset', { resets: 0.02 }, badMs),
    under('slow and reset', { latencyMs: 30, resets: 0.02 }, badMs),
    under('silence', { isSilent: true }, leaseMs + badMs),
    { name: 'drain', strike: () => server.replace() },
  ])
  try {
    await sleep(badMs)
    for (let turn = 0; turn < turns; turn += 1) {
      await nemesis.strike()
      await sleep(badMs / 4)
    }
    enough.abort()
    await Promise.all(calls)
    await arena.untilEmpty()
    await server.close()
    const begun = await countBegun(arena)
    const { faults, acknowledged, lost, twice, repeats } = await arena.judge()
    return {
      figures: { jobs: acknowledged, 'begun at once': begun, disturbances: turns, lost, twice, 'run again': repeats },
      faults: [
        ...faults,
        ...demand(lost === 0 && twice === 0, `${lost} jobs were lost, ${twice} ended twice`),
        ...demand(begun >= BEGUN_MIN, `only ${begun} of ${acknowledged} jobs began as they were written`),
      ],
    }
  } finally {
    enough.abort()
    proxy.become({})
    await server.close().catch(() => undefined)
    await proxy.close()
    await arena.close()
  }
}

/** A client that lives with calls that fail. */
async function callUntil(arena: Arena, server: NearServer, signal: AbortSignal): Promise<void> {
  const { random } = arena
  while (!signal.aborted) {
    const jobs = Array.from({ length: 1 + below(random, 2) }, () => ({ args: { ms: below(random, 10) } }))
    await arena.enqueue(jobs, 'client', server.queue).catch(() => [])
    await sleep(below(random, 40), signal)
  }
}

/** Jobs that were first held in the transaction that wrote them. */
async function countBegun({ db }: Arena): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(
    `select count(*)::int as n from history_note h join job j on j.id = h.id where h.op = 'claim' and h.xmin = j.xmin`,
  )
  return rows[0]?.n ?? 0
}
