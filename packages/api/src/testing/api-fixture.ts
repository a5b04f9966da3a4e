import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { readSettings } from '@millrace/base/settings'
import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import { createTestDatabase, startPooler } from '@millrace/db/testing'
import { insertAccount } from '@millrace/db/tables/account'
import { insertMember } from '@millrace/db/tables/member'
import { insertWorkspace } from '@millrace/db/tables/workspace'
import { deployedFlows, Expressions, FLOW_TAG, FlowShell, readProgram, type References } from '@millrace/flow'
import {
  Consumer,
  errorResult,
  frameKinds,
  Notifier,
  Queue,
  type ClaimedJob,
  type ConsumerOptions,
  type Outcome,
  type RunContext,
} from '@millrace/queue'
import type { InjectOptions, LightMyRequestResponse as Response } from 'fastify'
import { onTestFinished } from 'vitest'
import { apiConfig } from '../config.ts'
import { createApi, type Api, type ApiOptions } from '../create-api.ts'
import { mintToken } from '../login/mint-token.ts'

export const SECRET = 'test-secret-of-at-least-32-characters'

/** What a request to the API looks like in tests. */
export interface Call {
  readonly method?: InjectOptions['method']
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: object | string | Buffer
}

/** The API on a database of its own. */
export interface ApiFixture {
  readonly api: Api
  readonly db: Database
  readonly queue: Queue
  /** Calls a path below `/api`. */
  call(path: string, call?: Call): Promise<Response>
  /** A workspace with a fresh id and one member, whose token is returned. */
  makeWorkspace(member?: { isAdmin?: boolean; operator?: boolean }): Promise<Place>
  /** A further member of a workspace. */
  addMember(workspace: string, member?: { isAdmin?: boolean; operator?: boolean }): Promise<Place>
  /** A real consumer of the queue for these tags, until the test ends. */
  work(
    tags: readonly string[],
    run: (job: ClaimedJob, context: RunContext) => Outcome | Promise<Outcome>,
  ): Promise<void>
  /** The same for flows and their steps, until the fixture stops; what steps do is told by their code. */
  workFlows(code: Readonly<Record<string, StepCode>>): Promise<void>
  stop(): Promise<void>
}

/** What the code of a step does. */
export type StepCode = (args: Readonly<Record<string, unknown>>, job: ClaimedJob) => unknown

/** A member of a workspace. */
export interface Place {
  readonly workspace: string
  readonly username: string
  readonly email: string
  readonly token: string
  /** The start of the workspace's paths. */
  readonly root: string
}

/** What may be different about an API of tests; `pgBouncer` is the program of a pooler before its database. */
export interface ApiVariant extends Pick<ApiOptions, 'webFolder' | 'alarms'> {
  readonly pgBouncer?: string | undefined
}

/** Starts it; settings are those of the environment variables given. */
export async function startApi(
  env: Readonly<Record<string, string>> = {},
  { pgBouncer, ...variant }: ApiVariant = {},
): Promise<ApiFixture> {
  const { db, drop } = await openTestDatabase(pgBouncer)
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const queue = new Queue(db, notifier)
  const faults: string[] = []
  const config = readSettings(apiConfig, { PORT: '0', MILLRACE_SUPERADMIN_SECRET: SECRET, ...env }, faults)
  if (faults.length > 0) throw new Error(faults.join('; '))
  const api = await createApi({ db, queue, config, log: silentLogger, leaseMs: 2000, ...variant })
  const flowWorkers: ReturnType<typeof startFlowWorker>[] = []
  const addMember: ApiFixture['addMember'] = (workspace, member) => makeMember(db, workspace, member)
  return {
    api,
    db,
    queue,
    call: (path, call = {}) => api.app.inject(toInject(path, call)),
    addMember,
    async makeWorkspace(member) {
      const id = `w-${newId().slice(-12)}`
      await insertWorkspace(db.kysely, { id, name: id, owner: 'tests', color: '' })
      return await addMember(id, member)
    },
    async work(tags, run) {
      const consumer = startWorker({ db, notifier }, tags, run)
      onTestFinished(() => consumer.stop())
      await consumer.start()
    },
    async workFlows(code) {
      const worker = startFlowWorker({ db, notifier, queue }, code)
      flowWorkers.push(worker)
      await worker.start()
    },
    async stop() {
      await Promise.all(flowWorkers.map((worker) => worker.stop()))
      await api.stop()
      await notifier.stop()
      await drop()
    },
  }
}

async function openTestDatabase(pgBouncer: string | undefined) {
  const base = await createTestDatabase()
  if (pgBouncer === undefined) return base
  const pooler = await startPooler(pgBouncer, base.url, 3)
  const db = openDatabase({ ...base.db.options, url: pooler.url, pooler: 'transaction' })
  return {
    db,
    async drop() {
      await closeDatabase(db)
      await pooler.stop()
      await base.drop()
    },
  }
}

function toInject(path: string, { method = 'GET', token, headers = {}, body }: Call): InjectOptions {
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body)
  return {
    method,
    url: `/api${path}`,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(isJson && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { payload: isJson ? JSON.stringify(body) : body }),
  }
}

async function makeMember(
  db: Database,
  workspace: string,
  { isAdmin = true, operator = false }: { isAdmin?: boolean; operator?: boolean } = {},
): Promise<Place> {
  const username = `m${newId().slice(-8)}`
  const email = `${username}@example.org`
  await insertAccount(db.kysely, { email, passwordHash: 'none', username, superAdmin: false })
  await insertMember(db.kysely, workspace, { username, email, isAdmin, operator })
  const token = await mintToken(db.kysely, { email, kind: 'user' })
  return { workspace, username, email, token, root: `/w/${workspace}` }
}

function startFlowWorker(
  { queue, ...parts }: { db: Database; notifier: Notifier; queue: Queue },
  code: Readonly<Record<string, StepCode>>,
) {
  const { db } = parts
  const expressions = new Expressions()
  const references: References = {
    variable: (_frame, path) => Promise.resolve({ ok: false, message: `no variable ${path}` }),
    resource: (_frame, path) => Promise.resolve({ ok: false, message: `no resource ${path}` }),
    resolve: (_frame, value) => Promise.resolve({ ok: true, json: JSON.stringify(value) }),
  }
  const flows = deployedFlows(db)
  const shell = new FlowShell({ db, queue, log: silentLogger, readProgram, expressions, references, flows })
  const run = (job: ClaimedJob, { signal }: RunContext) =>
    frameKinds.has(job.kind) ? shell.run(job, signal) : runStep(code, job)
  const consumer = startWorker(parts, [FLOW_TAG, 'bash'], run, (_status, job) => shell.ended(job))
  return {
    start: () => consumer.start(),
    async stop() {
      await consumer.stop()
      await shell.settled()
      await expressions.stop()
    },
  }
}

async function runStep(code: Readonly<Record<string, StepCode>>, job: ClaimedJob): Promise<Outcome> {
  try {
    const value = await code[job.rawCode ?? '']?.(JSON.parse(job.argsJson ?? '{}'), job)
    return { status: 'success', resultJson: JSON.stringify(value ?? null) }
  } catch (error) {
    return { status: 'failure', resultJson: errorResult('Error', error instanceof Error ? error.message : 'thrown') }
  }
}

function startWorker(
  { db, notifier }: { db: Database; notifier: Notifier },
  tags: readonly string[],
  run: ConsumerOptions['run'],
  onCompleted?: ConsumerOptions['onCompleted'],
): Consumer {
  const id = newId()
  const worker = {
    id,
    name: `w-${id}`,
    tags,
    slots: 4,
    sandbox: 'none',
    isolated: false,
    notice: undefined,
    version: 'test',
  }
  return new Consumer({
    db,
    notifier,
    log: silentLogger,
    worker,
    leaseMs: 2000,
    pollMs: 200,
    drainMs: 2000,
    logLengthMax: 1_000_000,
    run,
    ...(onCompleted && { onCompleted }),
    onBug: (_job, error) => ({
      status: 'failure',
      resultJson: JSON.stringify({ error: { name: 'Bug', message: String(error) } }),
    }),
  })
}
