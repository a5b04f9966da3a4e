import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import { sleep } from '@millrace/base/time'
import { ClaimPolicy } from '../../claim-policy.ts'
import { enginePlannerSettings } from '../../config.ts'
import { makePartitions } from '../../duties/make-job-partitions.ts'
import { claimJobs } from '../../sql/claim.ts'
import { completeJobs } from '../../sql/complete.ts'
import { joinWorker } from '../join-worker.ts'
import { OwnServer } from '../nemesis/stop-database.ts'
import { demand, quantile, sayMs, type Proof } from '../prove.ts'
import { freshTag, noop, startQueue, success } from '../queue-fixture.ts'
import { seededRandom, below } from '../seeded-random.ts'

/** How deep the queue is, and what goes on meanwhile. */
export interface DeepPlan {
  readonly rows: number
  readonly jobsPerS: number
  readonly seconds: number
  /** A transaction elsewhere is open all the time, so that nothing can be vacuumed. */
  readonly isPinned: boolean
  readonly claimP99MsMax: number
  readonly enqueueP99MsMax: number
}

const BATCH = 20
const TENANTS = 10
const ENQUEUE_AT_ONCE = 1000

/**
 * R22 and R23: with so many jobs ready, jobs are enqueued, claimed and completed at a rate, on a PostgreSQL with its default
 * durability. How long a claim and an enqueue of 20 jobs take.
 */
export async function deepQueue(plan: DeepPlan, seed: number): Promise<Proof> {
  const server = await OwnServer.start()
  const db = openDatabase({ url: server.url, poolSize: 12, applicationName: 'test', settings: enginePlannerSettings })
  const { queue, stop } = await startQueue(db)
  const [tag, random] = [freshTag(), seededRandom(seed)]
  const jobs = (count: number) =>
    Array.from({ length: count }, () => noop(tag, { workspaceId: `w-${below(random, TENANTS)}` }))
  const pinner = await server.db.pool.connect()
  try {
    await makePartitions(db)
    for (let at = 0; at < plan.rows; at += ENQUEUE_AT_ONCE)
      await queue.enqueue(jobs(Math.min(ENQUEUE_AT_ONCE, plan.rows - at)))
    if (plan.isPinned) await pinner.query('begin isolation level repeatable read; select txid_current()')
    const { claimMs, enqueueMs, jobsPerS } = await workAtRate(db, tag, plan, () => queue.enqueue(jobs(BATCH)))
    const [claimP99, enqueueP99] = [quantile(claimMs, 0.99), quantile(enqueueMs, 0.99)]
    return {
      figures: {
        rows: plan.rows,
        'jobs/s': jobsPerS.toFixed(0),
        'claim p50': sayMs(quantile(claimMs, 0.5)),
        'claim p99': sayMs(claimP99),
        'enqueue p50': sayMs(quantile(enqueueMs, 0.5)),
        'enqueue p99': sayMs(enqueueP99),
      },
      faults: [
        ...demand(claimP99 <= plan.claimP99MsMax, `a claim took ${sayMs(claimP99)} (p99)`),
        ...demand(enqueueP99 <= plan.enqueueP99MsMax, `an enqueue took ${sayMs(enqueueP99)} (p99)`),
        ...demand(jobsPerS >= 0.9 * plan.jobsPerS, `only ${jobsPerS.toFixed(0)} jobs a second were worked off`),
      ],
    }
  } finally {
    pinner.release(true)
    await stop()
    await closeDatabase(db)
    await server.drop()
  }
}

/** Enqueues, claims and completes batches in step; what takes long is caught up with. */
async function workAtRate(db: Database, tag: string, { jobsPerS, seconds }: DeepPlan, enqueue: () => Promise<unknown>) {
  const me = await joinWorker(db)
  const policy = new ClaimPolicy([tag])
  const claimMs: number[] = []
  const enqueueMs: number[] = []
  let done = 0
  const claim = async () => {
    const beganMs = performance.now()
    const terms = policy.terms(beganMs)
    const { tags, floors, aged } = terms
    const wish = { workerId: me.id, tags, floors, aged, patienceMs: 10_000, limit: BATCH }
    const claimed = await claimJobs(db, wish)
    const endedMs = performance.now()
    policy.claimed(terms, { wanted: BATCH, jobs: claimed, beganMs, endedMs })
    claimMs.push(endedMs - beganMs)
    await completeJobs(
      db,
      me,
      claimed.map((job) => ({ job, outcome: success })),
    )
    done += claimed.length
  }
  const add = async () => {
    const beganMs = performance.now()
    await enqueue()
    enqueueMs.push(performance.now() - beganMs)
  }
  const fromMs = performance.now()
  const everyMs = (1000 * BATCH) / jobsPerS
  const loop = async (work: () => Promise<void>) => {
    for (let nextMs = fromMs; nextMs < fromMs + seconds * 1000; nextMs += everyMs) {
      await sleep(Math.max(0, nextMs - performance.now()))
      await work()
    }
  }
  await Promise.all([loop(claim), loop(add)])
  return { claimMs, enqueueMs, jobsPerS: (done * 1000) / (performance.now() - fromMs) }
}
