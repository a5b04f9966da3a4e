import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import type { TestDatabase } from '@millrace/db/testing'
import { Keeper, Notifier } from '@millrace/queue'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import type { FailPoint } from '../shell/failpoint.ts'
import { answerAsking } from './answer-asking.ts'
import { CrashCode } from './crash-code.ts'
import { findEnded, lookAtFlows, sayWaits, type FlowRows } from './crash-rows.ts'
import { subFlows } from './crash-shapes.ts'
import { DyingFlows, type CrashPlan } from './dying-flows.ts'
import { flowJob, startFlowHost, type FlowHost } from './flow-fixture.ts'

/** So long a process that died is believed to live. */
const LEASE_MS = 1000
const END_MS_MAX = 60_000
/** Slots of a worker for each flow: none waits for steps of another one, which may never end. */
const SLOTS = 8

/** What became of the flows of a plan. */
export interface CrashStory {
  readonly plan: CrashPlan
  readonly hasCrashed: boolean
  /** The lease of its worker ran out before: the machine is too busy for it, and the flows have not come as far as they would. */
  readonly isCutShort: boolean
  /** How often the process that was to die came to each point. */
  readonly visits: ReadonlyMap<FailPoint, number>
  readonly flows: readonly FlowStory[]
}

/** What is left of a flow, and which of its steps ran that may not. */
export type FlowStory = Partial<FlowRows> & { readonly shape: string; readonly wrongRuns: readonly string[] }

/** What does not die: connections, and a server that takes back what dead workers hold. */
export interface CrashHouse {
  readonly url: string
  readonly db: Database
  stop(): Promise<void>
}

/** Opens the house in a database. */
export async function openCrashHouse({ url }: TestDatabase): Promise<CrashHouse> {
  const db = openDatabase({ url, poolSize: 100, applicationName: 'house' })
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const keeper = new Keeper({ db, notifier, log: silentLogger, leaseMs: LEASE_MS, retentionDays: 30 })
  await keeper.start()
  return {
    url,
    db,
    async stop() {
      await keeper.stop()
      await notifier.stop()
      await closeDatabase(db)
    },
  }
}

/**
 * Runs flows on one process until the shell of each plan stands where the process is to die, or its flows are over without having come
 * there. Then the process dies, and another one goes on.
 */
export async function crashFlows(house: CrashHouse, plans: readonly CrashPlan[]): Promise<readonly CrashStory[]> {
  const { db } = house
  const company: Company = {
    tag: `t-${newId()}`,
    code: new CrashCode(db),
    dying: plans.map((plan) => new DyingFlows(plan)),
  }
  const flows = company.dying.flatMap((each) => each.flows)
  const ids = flows.map(({ id }) => id)
  const doomed = await startDoomed(house, company)
  let host = doomed.host
  let isCutShort = false
  const jobs = flows.map(({ id, shape }) => ({
    ...flowJob(company.tag, shape.value, shape.args),
    id,
    attemptsMax: 100,
  }))
  await host.queue.enqueue(jobs)
  const people = answerAsking(db, flows, (id) => host.shells.of(id).deliver(id))
  try {
    await Promise.race([comeToPoints(house, company, host), host.lost])
    isCutShort = doomed.isLost()
    const isDead = await doomed.dieIfItShould()
    while ((await findEnded(db, ids)).size < ids.length) {
      host = await startHeir(house, company)
      await Promise.race([allEnd(db, ids), host.lost])
      await host.shells.settled()
      await host.stop()
    }
    if (!isDead) await doomed.stop()
  } finally {
    await people.stop()
  }
  const rows = await lookAtFlows(db, ids)
  return company.dying.map(({ plan, stands, visits, flows: own }) => ({
    plan,
    hasCrashed: stands,
    isCutShort: isCutShort && !stands,
    visits,
    flows: own.map(({ id, shape }) => ({
      shape: shape.name,
      ...rows.get(id),
      wrongRuns: company.code.wrongRunsOf(id),
    })),
  }))
}

/** What the flows of plans have to come to, crashed or not. */
export function wholeStories(plans: readonly CrashPlan[]): readonly FlowStory[] {
  return plans
    .flatMap((plan) => plan.shapes)
    .map(({ name, result }) => ({ shape: name, status: 'success', result, startedTwice: [], left: 0, wrongRuns: [] }))
}

/** What lives and dies together. */
interface Company {
  readonly tag: string
  readonly code: CrashCode
  readonly dying: readonly DyingFlows[]
}

interface Doomed {
  readonly host: FlowHost
  isLost(): boolean
  /** Where something stands still, or the lease is lost; says whether. */
  dieIfItShould(): Promise<boolean>
  stop(): Promise<void>
}

/** A worker with connections of its own. When it dies they are gone, and whatever it has begun never goes on. */
async function startDoomed({ url, db: survivor }: CrashHouse, { tag, code, dying }: Company): Promise<Doomed> {
  const applicationName = `doomed-${newId().slice(-12)}`
  const slots = SLOTS * dying.reduce((sum, { flows }) => sum + flows.length, 0)
  // Whoever stands may hold a connection for ever.
  const db = openDatabase({ url, poolSize: dying.length + 8, applicationName })
  const of = new Map(dying.flatMap((each) => each.flows.map(({ id }) => [id, each])))
  const host = await startFlowHost({
    db,
    tag,
    slots,
    flows: subFlows,
    code: code.inProcess((flow) => of.get(flow)?.isStill ?? false),
    failAtOf: (flow) => of.get(flow)?.failAt,
    leaseMs: LEASE_MS,
    isKept: true,
  })
  let isLost = false
  void host.lost.then(() => (isLost = true))
  return {
    host,
    isLost: () => isLost,
    async dieIfItShould() {
      if (!isLost && !dying.some(({ stands }) => stands)) return false
      for (const each of dying) each.die()
      void db.pool.end().catch(() => undefined)
      await host.abandon()
      await survivor.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like $1 || '%' and datname = current_database()`,
        [applicationName],
      )
      return true
    },
    async stop() {
      await host.stop()
      await closeDatabase(db)
    },
  }
}

/** The worker that goes on. */
async function startHeir({ db }: CrashHouse, { tag, code, dying }: Company): Promise<FlowHost> {
  const slots = SLOTS * dying.reduce((sum, { flows }) => sum + flows.length, 0)
  const inProcess = code.inProcess(() => false)
  return await startFlowHost({ db, tag, slots, flows: subFlows, code: inProcess, leaseMs: LEASE_MS, isKept: true })
}

/** Resolves when all stand where they are to die, or are over. */
async function comeToPoints({ db }: CrashHouse, { dying }: Company, { shells }: FlowHost): Promise<void> {
  const ids = dying.flatMap(({ flows }) => flows.map(({ id }) => id))
  await orSayWaits(db, ids, async () => {
    const ended = await findEnded(db, ids)
    return dying.every(({ stands, flows }) => stands || flows.every(({ id }) => ended.has(id)))
  })
  // The last point comes after the commit that ends a flow.
  const settled = async ({ flows }: DyingFlows) => {
    for (const { id } of flows) await shells.settled(id)
  }
  await Promise.all(dying.map((each) => Promise.race([each.standing, settled(each)])))
}

async function allEnd(db: Database, ids: readonly string[]): Promise<void> {
  await orSayWaits(db, ids, async () => (await findEnded(db, ids)).size === ids.length)
}

async function orSayWaits(db: Database, ids: readonly string[], isSo: () => Promise<boolean>): Promise<void> {
  try {
    await waitUntil('flows come to their points or end', END_MS_MAX, isSo)
  } catch (error) {
    throw new Error(`they wait:\n${await sayWaits(db, ids, LEASE_MS)}`, { cause: error })
  }
}
