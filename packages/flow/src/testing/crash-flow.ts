import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import type { TestDatabase } from '@millrace/db/testing'
import { Keeper, Notifier } from '@millrace/queue'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import type { FailPoint } from '../shell/failpoint.ts'
import { resumeFlow } from '../shell/resume-flow.ts'
import { flowJob, outcomeOf, startFlowHost, step, type Code, type FlowHost } from './flow-fixture.ts'

const LEASE_MS = 300
const END_MS_MAX = 20_000

/** A flow with something of everything, or of one thing. */
export interface Shape {
  readonly name: string
  readonly value: unknown
  readonly args: Readonly<Record<string, unknown>>
  readonly result: unknown
  /** How often its approvals are to be answered. */
  readonly approvals: number
}

/** A process dies at the nth time that it comes to a point. */
export interface CrashPlan {
  readonly point: FailPoint
  readonly nth: number
}

/** What is left when the flow has ended. */
export interface CrashStory {
  readonly hasCrashed: boolean
  readonly status: string
  readonly result: unknown
  /** Steps that ran again although they had ended. */
  readonly runAgain: readonly string[]
  /** Steps for which there was more than one job. */
  readonly startedTwice: readonly string[]
  /** Rows of frames, events and items that nobody took away. */
  readonly left: number
}

const list = (modules: readonly object[], parallel: boolean) => ({
  type: 'forloopflow',
  iterator: { type: 'javascript', expr: 'flow_input.list' },
  skip_failures: false,
  parallel,
  modules,
})

const pair = (id: string) => [
  step(`${id}1`, 'add', { a: '=flow_input.iter.value', b: 1 }),
  step(`${id}2`, 'add', { a: '=previous_result', b: 1 }),
]

export const shapes: readonly Shape[] = [
  {
    name: 'sequence',
    value: { modules: [step('a', 'add', { a: 1, b: 1 }), step('b', 'add', { a: '=results.a', b: 1 })] },
    args: {},
    result: 3,
    approvals: 0,
  },
  {
    name: 'loop one by one',
    value: { modules: [{ id: 'l', value: list(pair('s'), false) }] },
    args: { list: [1, 2] },
    result: [3, 4],
    approvals: 0,
  },
  {
    name: 'loop at once',
    value: { modules: [{ id: 'l', value: list(pair('s'), true) }, step('z', 'echo', { all: '=results.l' })] },
    args: { list: [1, 2, 3] },
    result: { all: [3, 4, 5] },
    approvals: 0,
  },
  {
    name: 'plain loop at once',
    value: { modules: [{ id: 'l', value: list(pair('s').slice(0, 1), true) }] },
    args: { list: [1, 2, 3] },
    result: [2, 3, 4],
    approvals: 0,
  },
  {
    name: 'branches',
    value: {
      modules: [
        {
          id: 'one',
          value: {
            type: 'branchone',
            branches: [{ expr: 'flow_input.n > 1', modules: [step('p', 'add', { a: '=flow_input.n', b: 1 })] }],
            default: [],
          },
        },
        {
          id: 'all',
          value: {
            type: 'branchall',
            parallel: true,
            branches: [
              { modules: [step('q', 'add', { a: '=results.one', b: 1 })] },
              { modules: [step('r', 'add', { a: '=results.one', b: 2 })] },
            ],
          },
        },
      ],
    },
    args: { n: 2 },
    result: [4, 5],
    approvals: 0,
  },
  {
    name: 'call',
    value: {
      modules: [
        { id: 'c', value: { type: 'flow', path: 'f/sub', input_transforms: { x: { type: 'static', value: 20 } } } },
        step('z', 'add', { a: '=results.c', b: 1 }),
      ],
    },
    args: {},
    result: 42,
    approvals: 0,
  },
  {
    name: 'frames at once',
    value: {
      modules: [
        { id: 'l', value: list([{ id: 'i', value: { type: 'identity' } }], true) },
        step('z', 'echo', { all: '=results.l' }),
      ],
    },
    args: { list: [1, 2, 3] },
    result: { all: [1, 2, 3] },
    approvals: 0,
  },
  {
    name: 'approval',
    value: {
      modules: [
        step('ask', 'echo', { q: 1 }, { suspend: { required_events: 2, timeout: 600 } }),
        step('z', 'echo', { got: '=resumes' }),
      ],
    },
    args: {},
    result: { got: [1, 2] },
    approvals: 2,
  },
]

const flows = {
  'f/sub': {
    modules: [
      step('x', 'add', { a: '=flow_input.x', b: '=flow_input.x' }),
      step('y', 'add', { a: '=previous_result', b: 1 }),
    ],
  },
}

/** A server that takes back what dead workers hold. */
export async function keepHouse(db: Database): Promise<{ stop(): Promise<void> }> {
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const keeper = new Keeper({ db, notifier, log: silentLogger, leaseMs: LEASE_MS, retentionDays: 30 })
  await keeper.start()
  return {
    async stop() {
      await keeper.stop()
      await notifier.stop()
    },
  }
}

/** Runs a flow on a process that dies at a point, or does not come there; another one goes on. */
export async function crashFlow(base: TestDatabase, shape: Shape, plan: CrashPlan): Promise<CrashStory> {
  const tag = `t-${newId()}`
  const runAgain: string[] = []
  const code = codeOf(base.db, runAgain)
  const doomed = await startDoomedHost(base, { tag, code }, plan)
  const id = newId()
  await doomed.host.queue.enqueue([{ ...flowJob(tag, shape.value, shape.args), id, attemptsMax: 100 }])
  const hasEnded = async () =>
    (await base.db.pool.query('select from job_outcome where id = $1', [id])).rowCount === 1 || doomed.hasCrashed()
  const answering = answerAll(base.db, id, shape.approvals, () => doomed.host)
  await waitUntil('the flow has ended or its process is gone', END_MS_MAX, hasEnded)
  // The point may come after the commit that ends the flow: then it dies while it stops.
  if (!doomed.hasCrashed()) await Promise.race([doomed.stop(), doomed.crashed])
  const hasCrashed = doomed.hasCrashed()
  const heir = hasCrashed
    ? await startFlowHost({ db: base.db, tag, code, flows, leaseMs: LEASE_MS, isKept: true })
    : undefined
  try {
    await waitUntil(`${shape.name} has ended after a crash at ${plan.point} ${plan.nth}`, END_MS_MAX, async () => {
      return (await base.db.pool.query('select from job_outcome where id = $1', [id])).rowCount === 1
    })
    await answering
    await heir?.shell.settled()
  } finally {
    await heir?.stop()
    if (hasCrashed) await doomed.host.abandon()
  }
  return { hasCrashed, ...(await outcomeOf(base.db, id)), runAgain, ...(await lookAtRows(base.db, id)) }
}

interface Doomed {
  readonly host: FlowHost
  hasCrashed(): boolean
  readonly crashed: Promise<void>
  stop(): Promise<void>
}

/** A host with connections of its own. Where it dies, the code at that point never goes on, and its connections are gone. */
async function startDoomedHost(
  base: TestDatabase,
  { tag, code }: { readonly tag: string; readonly code: Readonly<Record<string, Code>> },
  { point, nth }: CrashPlan,
): Promise<Doomed> {
  const applicationName = `doomed-${newId().slice(-12)}`
  const db = openDatabase({ url: base.url, poolSize: 8, applicationName })
  let count = 0
  let hasCrashed = false
  const { promise: crashed, resolve: tellCrash } = Promise.withResolvers<void>()
  const never = new Promise<never>(() => undefined)
  const failAt = async (at: FailPoint): Promise<void> => {
    if (at === point) count += 1
    if (!hasCrashed && (at !== point || count < nth)) return
    if (!hasCrashed) {
      hasCrashed = true
      await die(base.db, db, applicationName)
      tellCrash()
    }
    await never
  }
  const host = await startFlowHost({ db, tag, code, flows, failAt, leaseMs: LEASE_MS, isKept: true })
  return {
    host,
    hasCrashed: () => hasCrashed,
    crashed,
    async stop() {
      await host.stop()
      await closeDatabase(db)
    },
  }
}

async function die(survivor: Database, db: Database, applicationName: string): Promise<void> {
  void db.pool.end().catch(() => undefined)
  await survivor.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like $1 || '%' and datname = current_database()`,
    [applicationName],
  )
}

function codeOf(db: Database, runAgain: string[]): Readonly<Record<string, Code>> {
  const watched =
    (code: Code): Code =>
    async (args, job) => {
      const { rowCount } = await db.pool.query('select from job_outcome where id = $1', [job.id])
      if (rowCount !== 0) runAgain.push(`${job.rawCode} ${job.argsJson}`)
      return await code(args, job)
    }
  return { add: watched(({ a, b }) => Number(a) + Number(b)), echo: watched((args) => args) }
}

/** Somebody answers, again and again until it counts, as people do. */
async function answerAll(db: Database, job: string, approvals: number, host: () => FlowHost): Promise<void> {
  for (let resumeId = 1; resumeId <= approvals; resumeId += 1)
    await waitUntil('an answer is taken', END_MS_MAX, async () => {
      const payload = String(resumeId)
      const { kind } = await resumeFlow(db, { workspaceId: 'admins', job, resumeId, payload, approved: true })
      host().shell.deliver(job)
      return kind !== 'not_waiting'
    })
}

async function lookAtRows(db: Database, id: string): Promise<Pick<CrashStory, 'startedTwice' | 'left'>> {
  const { rows } = await db.pool.query<{ step: string }>(
    `with recursive family as (select $1::uuid as id union select j.id from family f join job j on j.parent_job = f.id)
     select flow_step_id as step from job where parent_job in (select id from family)
     group by parent_job, flow_step_id, flow_step_index, flow_step_failures having count(*) > 1`,
    [id],
  )
  const { rows: counts } = await db.pool.query<{ left: number }>(
    `with recursive family as (select $1::uuid as id union select j.id from family f join job j on j.parent_job = f.id)
     select (select count(*) from flow_run where id in (select id from family))
       + (select count(*) from flow_event where frame_id in (select id from family))
       + (select count(*) from flow_item where frame_id in (select id from family)) as left`,
    [id],
  )
  return { startedTwice: rows.map((row) => row.step), left: counts[0]?.left ?? -1 }
}
