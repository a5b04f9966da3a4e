import { newId } from '@millrace/base/ids'
import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import type { TestDatabase } from '@millrace/db/testing'
import { enginePlannerSettings } from '@millrace/queue'
import { demand, quantile, sayMs, type Proof } from '@millrace/queue/testing/prove'
import { seededRandom } from '@millrace/queue/testing/seeded-random'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { flowJob, startFlowHost } from './flow-fixture.ts'

/** How many runs sleep, and when they wake. */
export interface SleepPlan {
  readonly runs: number
  /** From the start until the first one is to wake; all of them have to be asleep before. */
  readonly leadMs: number
  /** In which all of them wake. */
  readonly windowMs: number
  readonly lateP99MsMax: number
}

const ENQUEUE_AT_ONCE = 1000
const SLOTS = 50
const SETTLE_MS_MAX = 120_000
/** Counting takes long itself. */
const LOOK_MS = 500

/** Of the moment, for a run begins only when its turn has come. */
const SECONDS_LEFT = '(flow_input.wakeMs - Date.now()) / 1000'

const value = {
  modules: [
    { id: 'a', value: { type: 'identity' }, sleep: { type: 'javascript', expr: SECONDS_LEFT } },
    { id: 'b', value: { type: 'identity' } },
  ],
}

/**
 * R12: so many runs sleep, and hold nothing meanwhile. Every process is stopped and others take their place, then all wake within
 * the window. None is lost, none wakes early, and how late they are is measured from when each was due to its end.
 */
export async function sleepFlows(base: TestDatabase, plan: SleepPlan, seed: number): Promise<Proof> {
  const tag = `t-${newId()}`
  const random = seededRandom(seed)
  const before = await startHost(base.url, tag)
  const wakeMs = Date.now() + plan.leadMs
  const ids: string[] = []
  while (ids.length < plan.runs) {
    const jobs = Array.from({ length: Math.min(ENQUEUE_AT_ONCE, plan.runs - ids.length) }, () => {
      return { ...flowJob(tag, value, { wakeMs: wakeMs + random() * plan.windowMs }), id: newId() }
    })
    await before.host.queue.enqueue(jobs)
    ids.push(...jobs.map(({ id }) => id))
  }
  const areAsleep = async () => (await countAsleep(base.db, tag)) === plan.runs
  await waitUntil('all are asleep', plan.leadMs, areAsleep, LOOK_MS)
  const asleepMs = plan.leadMs - (wakeMs - Date.now())
  const due = await readDueTimes(base.db, tag)
  await before.stop()

  const after = await Promise.all([startHost(base.url, tag), startHost(base.url, tag)])
  try {
    const isOver = async () => (await countLeft(base.db, tag)) === 0
    const leftMs = Math.max(0, wakeMs - Date.now()) + plan.windowMs + SETTLE_MS_MAX
    await waitUntil('all have woken', leftMs, isOver, LOOK_MS)
    const lateMs = await readLateness(base.db, ids, due)
    const p99 = quantile(lateMs, 0.99)
    return {
      figures: {
        runs: plan.runs,
        'asleep after': sayMs(asleepMs),
        'late p50': sayMs(quantile(lateMs, 0.5)),
        'late p99': sayMs(p99),
        'late max': sayMs(quantile(lateMs, 1)),
      },
      faults: [
        ...demand(lateMs.length === plan.runs, `${plan.runs - lateMs.length} runs are lost or failed`),
        ...demand(
          lateMs.every((ms) => ms >= 0),
          'a run woke before it was due',
        ),
        ...demand(p99 <= plan.lateP99MsMax, `runs were ${sayMs(p99)} late (p99)`),
      ],
    }
  } finally {
    await Promise.all(after.map(({ stop }) => stop()))
  }
}

/** With the pools of a server: its worker has the engine's plans, its keeper has not. */
async function startHost(url: string, tag: string) {
  const db = openDatabase({ url, poolSize: 8, applicationName: 'sleeper', settings: enginePlannerSettings })
  const keeperDb = openDatabase({ url, poolSize: 4, applicationName: 'keeper' })
  const host = await startFlowHost({ db, keeperDb, tag, code: {}, slots: SLOTS })
  return {
    host,
    async stop() {
      await host.stop()
      await closeDatabase(keeperDb)
      await closeDatabase(db)
    },
  }
}

async function countAsleep({ pool }: Database, tag: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from flow_run r join job_queue q on q.id = r.id where q.tag = $1 and r.wake_at is not null`,
    [tag],
  )
  return rows[0]?.count ?? 0
}

async function countLeft({ pool }: Database, tag: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('select count(*)::int as count from job_queue where tag = $1', [
    tag,
  ])
  return rows[0]?.count ?? 0
}

async function readDueTimes({ pool }: Database, tag: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ id: string; ms: number }>(
    `select r.id, extract(epoch from r.wake_at)::float8 * 1000 as ms from flow_run r join job_queue q on q.id = r.id where q.tag = $1`,
    [tag],
  )
  return new Map(rows.map(({ id, ms }) => [id, ms]))
}

/** How long after it was due each run that went well ended. */
async function readLateness({ pool }: Database, ids: readonly string[], due: ReadonlyMap<string, number>) {
  const { rows } = await pool.query<{ id: string; ms: number }>(
    `select id, extract(epoch from finished_at)::float8 * 1000 as ms from job_outcome where id = any($1) and status = 'success'`,
    [ids],
  )
  return rows.map(({ id, ms }) => ms - (due.get(id) ?? Infinity))
}
