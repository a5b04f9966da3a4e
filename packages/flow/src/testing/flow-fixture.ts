import { newId } from '@millrace/base/ids'
import { silentLogger, type Logger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import {
  Consumer,
  errorResult,
  Keeper,
  makePartitions,
  NearWorkers,
  Notifier,
  Queue,
  type ClaimedJob,
  type NewJob,
  type Outcome,
} from '@millrace/queue'
import { Expressions } from '../expressions/expressions.ts'
import type { FailAt } from '../shell/failpoint.ts'
import type { FlowSource } from '../shell/flow-source.ts'
import { readProgram } from '../shell/flow-program.ts'
import { FlowShell } from '../shell/flow-shell.ts'
import type { ReadProgram } from '../shell/program.ts'
import type { References } from '../shell/references.ts'
import { FlowShells } from './flow-shells.ts'

/** What user code does, by its content. */
export type Code = (args: Readonly<Record<string, unknown>>, job: ClaimedJob) => unknown

/** What code gives as it is. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A worker with a shell, and the queue beside it. */
export interface FlowHost {
  readonly queue: Queue
  readonly notifier: Notifier
  /** Of flows that are told apart by nothing. */
  readonly shell: FlowShell
  readonly shells: FlowShells
  /** Resolves when the worker's lease is lost: it runs nothing any more. */
  readonly lost: Promise<void>
  /** How often code ran, by its content and arguments. */
  readonly runs: ReadonlyMap<string, number>
  stop(): Promise<void>
  /** Lets go of what a process that died would not hold; its runs never end. */
  abandon(): Promise<void>
}

export interface FlowHostOptions {
  readonly db: Database
  /** Of the duties; the same, unless told otherwise. */
  readonly keeperDb?: Database
  readonly tag: string
  /** A tag of this worker alone, where steps that belong together run. */
  readonly place?: string
  readonly code: Readonly<Record<string, Code>>
  /** What `$var:` and `$res:` stand for; nothing, unless told otherwise. */
  readonly references?: References
  /** Values of deployed flows, by path. */
  readonly flows?: Readonly<Record<string, unknown>>
  /** Where a flow stops, by the id of its run; those with the same one share a shell. */
  readonly failAtOf?: (flow: string) => FailAt | undefined
  readonly slots?: number
  readonly log?: Logger
  readonly leaseMs?: number
  /** Another server keeps the house. */
  readonly isKept?: boolean
  /** How flows are read; the rules, unless told otherwise. */
  readonly readProgram?: ReadProgram
}

/** A worker of the queue that runs flows for real; only what user code does is given by the test. */
export async function startFlowHost(options: FlowHostOptions): Promise<FlowHost> {
  const { db, tag, place, leaseMs = 2000 } = options
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const near = new NearWorkers()
  const queue = new Queue(db, notifier, near)
  const runs = new Map<string, number>()
  const expressions = new Expressions()
  const makeShell = (failAt: FailAt | undefined) =>
    new FlowShell({
      db,
      queue,
      log: options.log ?? silentLogger,
      readProgram: options.readProgram ?? readProgram,
      expressions,
      references: options.references ?? noReferences,
      flows: flowsOf(options.flows ?? {}),
      ...(place !== undefined && { place }),
      ...(failAt && { failAt }),
    })
  const shells = new FlowShells(makeShell, options.failAtOf)
  const id = newId()
  const worker = {
    id,
    name: id,
    tags: place === undefined ? [tag] : [tag, place],
    slots: options.slots ?? 4,
    sandbox: 'none',
    isolated: false,
    notice: undefined,
    version: 'test',
  }
  const consumer = new Consumer({
    db,
    near,
    notifier,
    log: silentLogger,
    worker,
    leaseMs,
    pollMs: 1000,
    drainMs: 2000,
    logLengthMax: 100_000,
    run: (job, context) =>
      job.kind === 'preview' ? runCode(options.code, job, runs) : shells.run(job, context.signal),
    onBug: (_job, error) => ({ status: 'failure', resultJson: errorResult('Bug', String(error)) }),
    onCompleted: (_status, job) => shells.ended(job),
    finishStep: shells.finishStep,
  })
  await consumer.start()
  const keeper = new Keeper({ db: options.keeperDb ?? db, notifier, log: silentLogger, leaseMs, retentionDays: 30 })
  if (!options.isKept) await keeper.start()
  return {
    queue,
    notifier,
    shell: shells.of(''),
    shells,
    lost: consumer.onLost,
    runs,
    async abandon() {
      await expressions.stop()
      await notifier.stop()
    },
    async stop() {
      await consumer.stop()
      await shells.settled()
      await keeper.stop()
      await expressions.stop()
      await notifier.stop()
    },
  }
}

/** Partitions of today. */
export async function preparePartitions(db: Database): Promise<void> {
  await makePartitions(db)
}

/** A run of a flow that is sent with it. */
export function flowJob(tag: string, value: unknown, args: Readonly<Record<string, unknown>> = {}): NewJob {
  return {
    workspaceId: 'admins',
    kind: 'flowpreview',
    rawCode: JSON.stringify(value),
    args,
    tag,
    createdBy: 'tester',
    email: 't@example.org',
    permissionedAs: 'u/tester',
  }
}

/** A module that runs code of the test. */
export function step(id: string, content: string, inputs: Readonly<Record<string, unknown>> = {}, more: object = {}) {
  const transforms = Object.entries(inputs).map(([name, value]) => [
    name,
    typeof value === 'string' && value.startsWith('=')
      ? { type: 'javascript', expr: value.slice(1) }
      : { type: 'static', value },
  ])
  return {
    id,
    value: { type: 'rawscript', language: 'test', content, input_transforms: Object.fromEntries(transforms) },
    ...more,
  }
}

/** Runs a flow to its end. */
export async function runFlow(
  host: FlowHost,
  db: Database,
  job: NewJob,
): Promise<{ readonly id: string; readonly status: string; readonly result: unknown }> {
  const id = job.id ?? newId()
  const expectation = host.queue.expect(id)
  await host.queue.enqueue([{ ...job, id }])
  const hasEnded = await expectation.ended(10_000)
  expectation.close()
  if (!hasEnded) throw new Error(`the flow ${id} has not ended`)
  return { id, ...(await outcomeOf(db, id)) }
}

/** How a job ended, with a long result put together. */
export async function outcomeOf(db: Database, id: string): Promise<{ status: string; result: unknown }> {
  const { rows } = await db.pool.query<{ status: string; result: string | null }>(
    'select status, job_result_text(id) as result from job_outcome where id = $1',
    [id],
  )
  const [row] = rows
  if (!row) throw new Error(`the job ${id} has not ended`)
  return { status: row.status, result: row.result === null ? null : JSON.parse(row.result) }
}

async function runCode(
  code: Readonly<Record<string, Code>>,
  job: ClaimedJob,
  runs: Map<string, number>,
): Promise<Outcome> {
  const key = `${job.rawCode} ${job.argsJson}`
  runs.set(key, (runs.get(key) ?? 0) + 1)
  const run = code[job.rawCode ?? '']
  if (!run) return { status: 'failure', resultJson: errorResult('NoCode', `no code ${job.rawCode}`) }
  try {
    const value = await run(JSON.parse(job.argsJson ?? '{}'), job)
    return { status: 'success', resultJson: value instanceof JsonText ? value.text : JSON.stringify(value ?? null) }
  } catch (error) {
    return { status: 'failure', resultJson: errorResult('Error', error instanceof Error ? error.message : 'thrown') }
  }
}

const noReferences: References = {
  variable: (_frame, path) => Promise.resolve({ ok: false, message: `no variable ${path}` }),
  resource: (_frame, path) => Promise.resolve({ ok: false, message: `no resource ${path}` }),
  resolve: (_frame, value) => Promise.resolve({ ok: true, json: JSON.stringify(value) }),
}

function flowsOf(flows: Readonly<Record<string, unknown>>): FlowSource {
  return {
    findServing: (_workspace, path) =>
      Promise.resolve(path in flows ? { version: path, tag: undefined, value: flows[path] } : undefined),
    findDefinition: (_workspace, version) => Promise.resolve(JSON.stringify(flows[version])),
  }
}
