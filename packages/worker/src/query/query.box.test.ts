import { randomInt, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { inWorkspace, startEmbeddedPostgres, type EmbeddedPostgres } from '@millrace/db'
import { insertResource } from '@millrace/db/tables/resource'
import { createTestDatabase } from '@millrace/db/testing'
import { deployedFlows, Expressions, FlowShell, readProgram, Workflows } from '@millrace/flow'
import { Notifier, Queue, type ClaimedJob, type RunContext } from '@millrace/queue'
import { findRuntime, type QueryRuntime } from '@millrace/runtimes'
import { openQueryHost, testQueryRuntime, type QueryServer } from '@millrace/runtimes/query-suite'
import { chooseSandbox, isReachable } from '@millrace/sandbox'
import { openVault, SECRET_EMAIL } from '@millrace/vault'
import { afterAll, expect, test } from 'vitest'
import { makeExecutors } from '../executors/registry.ts'
import type { ScriptTools } from '../executors/script.ts'
import { Launcher } from '../launch/index.ts'
import { flowReferences } from '../flow-references.ts'
import { QueryLauncher } from './query-launcher.ts'

const WORKSPACE = 'admins'
const LIMITS = { memoryBytesMax: 2 ** 30, processesMax: 128, fileBytesMax: 2 ** 30, openFilesMax: 1024 }
/** How many statements with this word in a comment run. */
const countOf = (word: string) =>
  `SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE '%/* ${word}' || ' */%' AND state = 'active'`

const folder = await mkdtemp(join(tmpdir(), 'millrace-query-'))
await chmod(folder, 0o755)
const runtime = findPostgresql()
let server: EmbeddedPostgres
let resource: Readonly<Record<string, unknown>>
afterAll(() => rm(folder, { recursive: true, force: true }))

const { run } = testQueryRuntime(
  runtime,
  {
    row: "-- $1 n (int)\nSELECT $1 AS n, 'é' AS t",
    slow: 'SELECT /* slow */ pg_sleep(600)',
    slowOnes: countOf('slow'),
    failing: {
      source: 'CREATE TEMP TABLE t (a int);\nINSERT INTO t VALUES (1), (2);\nSELECT nothing\nFROM t',
      mentions: 'nothing',
    },
    manyRows: 'SELECT * FROM generate_series(1, 1000000) AS n',
    session: { make: 'CREATE TEMP TABLE own (a int);\nSELECT 1 AS n', peek: 'SELECT a FROM own' },
    values: {
      source: `SELECT 9223372036854775807::bigint AS a, 1.50::numeric AS b, 'NaN'::float8 AS c, '\\x00ff'::bytea AS d,
    '2024-01-02 03:04:05.123456+00'::timestamptz AT TIME ZONE 'UTC' AS e, array[1.5, null]::numeric[] AS f, '{"x":1}'::jsonb AS g`,
      rows: '[{"a":9223372036854775807,"b":1.50,"c":"NaN","d":"AP8=","e":"2024-01-02T03:04:05.123456","f":[1.5,null],"g":{"x":1}}]',
    },
  },
  async () => ({ host: await openQueryHost(runtime), server: await startServer() }),
)

test('a server that is not there is told as such', async () => {
  const { ended } = run('SELECT 1', { database: { ...resource, port: 1 } })
  expect(await ended).toMatchObject({
    error: { name: 'ConnectionError', message: expect.stringContaining('ECONNREFUSED') },
  })
})

test('a job whose script names its resource, and that takes longer than it may, is ended with its statement on the server', async (context) => {
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  if (!choice.found) return context.skip(choice.problem)
  const base = await createTestDatabase()
  const { db } = base
  const vault = await openVault(db)
  await inWorkspace(db, WORKSPACE, async (tx) => {
    const written = { created_by: 'admin', edited_by: 'admin' }
    const value = JSON.stringify(resource)
    await insertResource(tx, {
      ...written,
      workspace_id: WORKSPACE,
      path: 'u/admin/pg',
      value,
      resource_type: runtime.id,
    })
  })
  const queries = new QueryLauncher({ sandbox: choice.sandbox, dataDir: folder, log: silentLogger, slots: 1 })
  const launcher = new Launcher({ sandbox: choice.sandbox, dataDir: folder, log: silentLogger, slots: 1 })
  const outcome = await openExecutors({ db, vault, launcher, queries })
    .get('preview')
    ?.execute(jobOf('-- database u/admin/pg\nSELECT /* timed */ pg_sleep(600)', 1500), runContext)
  expect(outcome).toMatchObject({ status: 'failure', resultJson: expect.stringContaining('timed out after 1.5 s') })
  // The server is asked to cancel it, and does so soon after.
  await expect.poll(() => run(countOf('timed')).ended, { timeout: 10_000 }).toMatchObject({ value: [{ n: 0 }] })
  await queries.stop()
  await base.drop()
})

/** A run that nobody listens to or ends. */
const runContext: RunContext = {
  signal: new AbortController().signal,
  log: { bytes: 0, write: () => undefined, end: () => Promise.resolve(undefined), finish: () => Promise.resolve() },
  stream: () => undefined,
  isFollowing: false,
  begin: () => undefined,
}

function openExecutors(
  parts: Pick<ScriptTools, 'db' | 'vault' | 'launcher' | 'queries'>,
): ReturnType<typeof makeExecutors> {
  const urls = { baseUrl: 'http://localhost', internalUrl: 'http://localhost' }
  const { db } = parts
  const queue = new Queue(db, new Notifier(db.options, silentLogger))
  const flows = { readProgram, expressions: new Expressions(), flows: deployedFlows(db) }
  return makeExecutors({
    ...parts,
    queue,
    sharedFolders: { pathOf: ({ folder: name }) => join(folder, name) },
    workflows: new Workflows({ db, queue, log: silentLogger, flows: flows.flows }),
    shell: new FlowShell({ db, queue, log: silentLogger, references: flowReferences(parts), ...flows }),
    findToolchain: (language) => language.findToolchain({ toolchainFolder: join(folder, 'toolchains'), isReachable }),
    registries: () => Promise.resolve({ env: {} }),
    environment: { ...urls, tokenKey: Buffer.alloc(32), workerGroup: 'default', groupEnv: {} },
    limits: LIMITS,
    timeoutMs: 60_000,
    graceMs: 5000,
    markCancel: () => undefined,
  })
}

function jobOf(rawCode: string, timeoutMs: number): ClaimedJob {
  return {
    id: randomUUID(),
    workspaceId: WORKSPACE,
    kind: 'preview',
    scriptPath: undefined,
    scriptHash: undefined,
    language: runtime.id,
    rawCode,
    argsJson: '{}',
    tag: runtime.id,
    createdBy: 'admin',
    email: SECRET_EMAIL,
    permissionedAs: 'u/admin',
    parentJob: undefined,
    rootJob: undefined,
    timeoutMs,
    awaited: false,
    options: {},
    priority: 0,
    fair: '0',
    attempt: 1,
    failures: 0,
    memoryMb: 0,
    startedAt: new Date(),
  }
}

async function startServer(): Promise<QueryServer> {
  await mkdir(join(folder, 'toolchains'))
  // Its socket says that the port is the usual one, so the address is one that nobody else has.
  const host = `127.77.${randomInt(1, 250)}.${randomInt(1, 250)}`
  const settings = [`listen_addresses=${host}`, 'fsync=off']
  server = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), settings })
  resource = { host, port: 5432, user: 'postgres', dbname: 'postgres', password: '', sslmode: 'disable' }
  return { found: true, resource, stop: () => server.stop() }
}

function findPostgresql(): QueryRuntime {
  const found = findRuntime('postgresql')
  if (found?.kind !== 'query') throw new Error('postgresql is no query language')
  return found
}
