import { Arena } from '../arena.ts'
import { Crowd } from '../crowd.ts'
import { demand, quantile, sayMs, type Proof } from '../prove.ts'
import { QueueProcess } from '../queue-process.ts'
import { below } from '../seeded-random.ts'

/** How far clocks are wrong, and how much is done meanwhile. */
export interface ClockPlan {
  readonly jobs: number
  readonly shiftMs: number
  /** Jobs wait so long at the most. */
  readonly dueInMsMax: number
  readonly leaseMs: number
  readonly kills: number
}

/** The clock of a machine and what a process said of it are not read at once. */
const READING_MS = 5000
const LATE_MS_MAX = 5000

/**
 * R8: workers and servers whose clocks are minutes ahead and behind enqueue for later, keep house and work side by side, while
 * workers are killed. Nothing is claimed before its time, and no worker loses its lease who was left alone: the only clock is
 * the database's.
 */
export async function shiftClocks(
  { jobs, shiftMs, dueInMsMax, leaseMs, kills }: ClockPlan,
  seed: number,
): Promise<Proof> {
  const arena = await Arena.open({ seed, leaseMs, keepsHouse: false })
  const { random, history } = arena
  const plan = { url: arena.url, tags: [arena.tag], slots: 4, leaseMs }
  const shifts = [shiftMs, -shiftMs]
  const crowd = new Crowd(
    shifts.map((clockShiftMs) => ({ ...plan, clockShiftMs })),
    4,
    history,
  )
  const servers = shifts.map((clockShiftMs) => new QueueProcess({ url: arena.url, leaseMs, clockShiftMs }, history))
  try {
    const clocks = [...(await crowd.ready()), ...(await Promise.all(servers.map((server) => server.ready)))]
    const wrongMs = clocks.map((nowMs) => Math.abs(nowMs - Date.now()))
    const batches = Math.max(kills, 4)
    for (let batch = 0; batch < batches; batch += 1) {
      const server = servers[batch % servers.length]
      const later = Array.from({ length: Math.ceil(jobs / batches) }, () => ({
        args: { ms: 5 },
        ...(random() < 0.8 && { dueInMs: 1 + below(random, dueInMsMax) }),
      }))
      await server?.enqueue(arena.tag, later)
      if (batch < kills) await crowd.killing.strike(random)
    }
    await arena.untilEmpty(() => crowd.check())
    await crowd.disperse()
    await Promise.all(servers.map((server) => server.stop()))
    const { faults, acknowledged, lost, twice, recoveriesMs } = await arena.judge()
    const lateMs = lateness(arena)
    return {
      figures: {
        jobs: acknowledged,
        'clocks wrong by': sayMs(Math.min(...wrongMs)),
        early: faults.filter((fault) => fault.startsWith('Q3')).length,
        'wrong lease expiries': faults.filter((fault) => fault.startsWith('Q12')).length,
        lost,
        twice,
        'late p99': sayMs(quantile(lateMs, 0.99)),
        'recovery p99': sayMs(quantile(recoveriesMs, 0.99)),
      },
      faults: [
        ...faults,
        ...demand(
          wrongMs.every((ms) => Math.abs(ms - shiftMs) < READING_MS),
          'the clocks were not shifted',
        ),
        ...demand(quantile(lateMs, 0.5) < LATE_MS_MAX, `half of the jobs were ${sayMs(quantile(lateMs, 0.5))} late`),
      ],
    }
  } finally {
    await crowd.end()
    await Promise.all(servers.map((server) => server.stop()))
    await arena.close()
  }
}

/** How long after its time each job was first claimed. */
function lateness({ history }: Arena): readonly number[] {
  const dueMs = new Map<string, number>()
  for (const entry of history.entries)
    if (entry.op === 'enqueue') for (const { id, dueInMs } of entry.jobs) dueMs.set(id, entry.toMs + dueInMs)
  const late: number[] = []
  for (const entry of history.entries) {
    if (entry.op !== 'claim' || !dueMs.has(entry.id)) continue
    late.push(Math.max(0, entry.fromMs - (dueMs.get(entry.id) ?? entry.fromMs)))
    dueMs.delete(entry.id)
  }
  return late
}
