import { ClaimPolicy } from '../../claim-policy.ts'
import { claimJobs } from '../../sql/claim.ts'
import { completeJobs } from '../../sql/complete.ts'
import { Arena } from '../arena.ts'
import { steadyMs } from '../history/history.ts'
import { joinWorker } from '../join-worker.ts'
import { demand, sayMs, type Proof } from '../prove.ts'
import { success } from '../queue-fixture.ts'

/** How many jobs of each lower priority wait below one that never ends. */
export interface AgePlan {
  readonly low: number
  readonly patienceMs: number
  /** Jobs of a claim. */
  readonly batch: number
}

const [URGENT, NORMAL, IDLE] = [100, 50, 0] as const
/** Nobody waits longer than so many times the patience. */
const PATIENCES_MAX = 10
const READY = 40

/**
 * R21: while jobs of the highest priority never end, jobs below it are passed over for as long as the patience says, then get a
 * tenth of the claims, so that none starves. Among jobs of a priority the order is the order in which they came.
 */
export async function agePriorities({ low, patienceMs, batch }: AgePlan, seed: number): Promise<Proof> {
  const arena = await Arena.open({ seed, leaseMs: 60_000 })
  const me = await joinWorker(arena.db)
  arena.history.note(me.id, { op: 'join', tags: [arena.tag] })
  const policy = new ClaimPolicy([arena.tag])
  const asked = new Map<number, string[]>()
  const askedMs = new Map<string, number>()
  const claimed = new Map<number, string[]>()
  const waitsMs = new Map<string, number>()
  const ask = async (priority: number, count: number) => {
    const atMs = steadyMs()
    const ids = await arena.enqueue(Array.from({ length: count }, () => ({ priority })))
    asked.set(priority, [...(asked.get(priority) ?? []), ...ids])
    for (const id of ids) askedMs.set(id, atMs)
  }
  const claim = async () => {
    const beganMs = performance.now()
    const terms = policy.terms(beganMs)
    const { tags, floors, aged } = terms
    const jobs = await claimJobs(arena.db, { workerId: me.id, tags, floors, aged, patienceMs, limit: batch })
    policy.claimed(terms, { wanted: batch, jobs, beganMs, endedMs: performance.now() })
    for (const job of jobs) {
      claimed.set(job.priority, [...(claimed.get(job.priority) ?? []), job.id])
      waitsMs.set(job.id, steadyMs() - (askedMs.get(job.id) ?? 0))
      arena.history.note(me.id, { op: 'start', id: job.id, attempt: job.attempt })
    }
    await completeJobs(
      arena.db,
      me,
      jobs.map((job) => ({ job, outcome: success })),
    )
    return jobs.length
  }
  try {
    await ask(NORMAL, low)
    await ask(IDLE, low)
    const lowLeft = () => 2 * low - (claimed.get(NORMAL)?.length ?? 0) - (claimed.get(IDLE)?.length ?? 0)
    let urgentLeft = 0
    while (lowLeft() > 0) {
      if (urgentLeft < READY / 2) await ask(URGENT, READY)
      const before = claimed.get(URGENT)?.length ?? 0
      if (urgentLeft < READY / 2) urgentLeft += READY
      await claim()
      urgentLeft -= (claimed.get(URGENT)?.length ?? 0) - before
    }
    while ((await claim()) > 0);
    const waits = [NORMAL, IDLE].map((priority) => (claimed.get(priority) ?? []).map((id) => waitsMs.get(id) ?? 0))
    const { faults } = await arena.judge()
    const longestMs = Math.max(...waits.flat())
    const shortestMs = Math.min(...waits.flat())
    const outOfOrder = [URGENT, NORMAL, IDLE].filter(
      (priority) => String(claimed.get(priority)) !== String(asked.get(priority)),
    )
    return {
      figures: {
        jobs: waitsMs.size,
        patience: sayMs(patienceMs),
        'passed over for': sayMs(shortestMs),
        'longest wait': sayMs(longestMs),
        'priorities out of order': outOfOrder.length,
      },
      faults: [
        ...faults,
        ...demand(
          outOfOrder.length === 0,
          `jobs of the priorities ${outOfOrder.join(', ')} were not claimed in their order`,
        ),
        ...demand(shortestMs >= patienceMs, `a low priority came before a high one after ${sayMs(shortestMs)}`),
        ...demand(longestMs <= PATIENCES_MAX * patienceMs, `a job waited ${sayMs(longestMs)}`),
      ],
    }
  } finally {
    await arena.close()
  }
}
