import { closeDatabase, openDatabase } from '@millrace/db'
import { insertWorkspace } from '@millrace/db/tables/workspace'
import { newId } from '@millrace/base/ids'
import { enginePlannerSettings } from '../../config.ts'
import { Arena } from '../arena.ts'
import { steadyMs } from '../history/history.ts'
import { demand, quantile, sayMs, type Proof } from '../prove.ts'
import { recordedConsumer } from '../recorded-consumer.ts'
import { waitUntil } from '../wait-until.ts'

/** How much a tenant queues who would like everything, and how little another one. */
export interface SharePlan {
  readonly many: number
  readonly few: number
  readonly ms: number
  readonly slots: number
  /** Runs that are counted for shares. */
  readonly counted: number
  /** Share of the slots' time that a lone tenant has to get. */
  readonly loneMin: number
}

/** What a worker has claimed ahead when a job comes, it runs before it. */
const AHEAD_MS = 50
const SHARE_OFF_MAX = 0.05
const LEASE_MS = 20_000

/**
 * R20: of two tenants one has queued very much. The other, who asks for little, waits at most twice as long as alone (and for what
 * the worker had in hand). Tenants of weights 3 and 1 get shares within 5% of that, and a lone tenant gets everything.
 */
export async function shareFairly(plan: SharePlan, seed: number): Promise<Proof> {
  const { many, few, ms, slots, counted, loneMin } = plan
  const arena = await Arena.open({ seed, leaseMs: LEASE_MS })
  const runs: { readonly tenant: string; readonly atMs: number }[] = []
  const tenant = async (weight: number) => {
    const id = `w-${newId().slice(-12)}`
    await insertWorkspace(arena.db.kysely, { id, name: id, owner: 'tests', color: '' })
    await arena.db.pool.query('update workspace set queue_weight = $2 where id = $1', [id, weight])
    return id
  }
  const [big, small, heavy, light] = [await tenant(1), await tenant(1), await tenant(3), await tenant(1)]
  const tenants = new Map<string, string>()
  const order = { id: newId(), url: arena.url, tags: [arena.tag], slots, leaseMs: LEASE_MS }
  arena.history.note(order.id, { op: 'join', tags: order.tags })
  // Connections of workers are set as in production.
  const db = openDatabase({ ...arena.db.options, settings: enginePlannerSettings })
  const consumer = recordedConsumer({ db, notifier: arena.notifier }, order, (entry) => {
    arena.history.add(entry)
    if (entry.op === 'start') runs.push({ tenant: tenants.get(entry.id) ?? '', atMs: entry.fromMs })
  })
  await consumer.start()
  const ask = async (workspaceId: string, count: number) => {
    const jobs = Array.from({ length: count }, () => ({ id: newId(), workspaceId, args: { ms } }))
    for (const { id } of jobs) tenants.set(id, workspaceId)
    await arena.enqueue(jobs)
  }
  const ranOf = (...of: string[]) => runs.filter((run) => of.includes(run.tenant))
  /** How long each of a few jobs waits that are asked for at once. */
  const waits = async (workspaceId: string) => {
    const before = ranOf(workspaceId).length
    const askedMs = steadyMs()
    await ask(workspaceId, few)
    await waitUntil('all of them run', 60_000, () => ranOf(workspaceId).length >= before + few)
    return ranOf(workspaceId)
      .slice(before)
      .map((run) => run.atMs - askedMs)
  }
  try {
    const aloneMs = quantile(await waits(small), 0.95)
    for (let at = 0; at < many; at += 1000) await ask(big, Math.min(1000, many - at))
    const loneFrom = steadyMs()
    const before = runs.length
    await waitUntil('the big tenant has run alone', 60_000, () => runs.length >= before + counted)
    const lone = ((runs.length - before) * ms) / ((steadyMs() - loneFrom) * slots)
    const besideMs = quantile(await waits(small), 0.95)
    await arena.queue.requestCancel({ workspaceId: big, ids: await waiting(arena, big), by: 'test' })
    await Promise.all([ask(heavy, counted), ask(light, counted)])
    const shareFrom = ranOf(heavy, light).length
    await waitUntil('both have run', 60_000, () => ranOf(heavy, light).length >= shareFrom + counted)
    const shared = ranOf(heavy, light).slice(shareFrom, shareFrom + counted)
    const share = shared.filter((run) => run.tenant === heavy).length / counted
    await arena.queue.requestCancel({ workspaceId: undefined, ids: await waiting(arena, heavy, light), by: 'test' })
    await arena.untilEmpty()
    const { faults } = await arena.judge()
    const limitMs = 2 * aloneMs + ms + AHEAD_MS
    return {
      figures: {
        'p95 alone': sayMs(aloneMs),
        [`beside ${many}`]: sayMs(besideMs),
        'share of weight 3': `${(share * 100).toFixed(1)}%`,
        'lone tenant': `${(lone * 100).toFixed(1)}%`,
      },
      faults: [
        ...faults,
        ...demand(besideMs <= limitMs, `a tenant waited ${sayMs(besideMs)}, alone ${sayMs(aloneMs)}`),
        ...demand(Math.abs(share - 0.75) <= SHARE_OFF_MAX, `of weights 3 and 1 the first got ${share}`),
        ...demand(lone >= loneMin, `a lone tenant got ${lone} of the slots`),
      ],
    }
  } finally {
    await consumer.stop()
    await closeDatabase(db)
    await arena.close()
  }
}

async function waiting({ db }: Arena, ...tenants: readonly string[]): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ id: string }>('select id from job_queue where workspace_id = any ($1)', [
    tenants,
  ])
  return rows.map((row) => row.id)
}
