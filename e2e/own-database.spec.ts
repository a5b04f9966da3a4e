import { once } from 'node:events'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createClient, type Client } from '@millrace/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startProcess, WORKSPACE, type StartedProcess } from './start-millrace.ts'

const SECRET = 'secret-of-the-own-database-tests-00001'
const VERSION_MIN = 15
const NO_POSTGRES = `no PostgreSQL ${VERSION_MIN} or newer in /usr/lib/postgresql (Debian: apt-get install postgresql)`

const programs = findPrograms()
const folder = mkdtempSync(join(tmpdir(), 'millrace-own-'))
let server: StartedProcess | undefined
let worker: StartedProcess | undefined
let client: Client
let url = ''
let databaseUrl = ''

beforeAll(async () => {
  if (!programs) return
  databaseUrl = startPostgres(programs)
  const settings = { DATABASE_URL: databaseUrl, MILLRACE_SUPERADMIN_SECRET: SECRET, PORT: '0' }
  chmodSync(folder, 0o755)
  server = await startProcess('server', { ...settings, MILLRACE_DATA_DIR: join(folder, 'server') })
  url = /is ready at (\S+)/.exec(server.output())?.[1] ?? ''
  client = createClient({ baseUrl: url, token: SECRET })
  worker = await startProcess('worker', {
    ...settings,
    BASE_INTERNAL_URL: url,
    MILLRACE_DATA_DIR: join(folder, 'worker'),
  })
})

afterAll(async () => {
  await worker?.stop()
  await server?.stop()
  if (programs) runAsPostgres(join(programs, 'pg_ctl'), ['-D', join(folder, 'data'), '-m', 'fast', '-w', 'stop'])
  rmSync(folder, { recursive: true })
})

beforeEach(({ skip }) => skip(programs === undefined, NO_POSTGRES))

test('a script runs on a worker of its own, for a role without superuser rights', async () => {
  const body = { language: 'bash', content: 'echo Hello', args: {} }
  const reply = await client.jobs.runScriptPreviewAndWaitResult({ workspace: WORKSPACE, body })
  expect(reply).toMatchObject({ status: 200, body: 'Hello' })
})

test('a job of the other process calls the API back with its token', async () => {
  const content = `
    export async function main() {
      const headers = { authorization: 'Bearer ' + process.env.WM_TOKEN }
      return (await fetch(process.env.BASE_INTERNAL_URL + '/api/users/whoami', { headers })).status
    }`
  const body = { language: 'bun', content, args: {} }
  expect((await client.jobs.runScriptPreviewAndWaitResult({ workspace: WORKSPACE, body })).body).toBe(200)
})

test('a worker that is asked to stop ends the job that it runs, and takes none that come later', async () => {
  if (!worker) throw new Error('the worker has not started')
  const body = { language: 'bash', content: 'echo started; sleep 1; echo "done"', args: {} }
  const id = await client.jobs.runScriptPreview({ workspace: WORKSPACE, body })
  await expect
    .poll(() => client.jobs.getJobLogs({ workspace: WORKSPACE, id }), { timeout: 10_000 })
    .toContain('started')
  await worker.stop('SIGTERM')
  worker = undefined
  const later = await client.jobs.runScriptPreview({ workspace: WORKSPACE, body })
  expect(await client.jobs.getCompletedJob({ workspace: WORKSPACE, id })).toMatchObject({
    success: true,
    result: 'done',
  })
  expect(await client.jobs.getJob({ workspace: WORKSPACE, id: later })).toMatchObject({
    type: 'QueuedJob',
    running: false,
  })
})

test('a worker that may run two jobs runs two, while its group says which, and ends by itself', async () => {
  const tag = 'two-of-these'
  await client.workerGroups.updateConfig({
    name: 'worker__short',
    body: { exit_after_jobs: 2, worker_tags: ['none-yet'] },
  })
  const short = await startProcess('worker', {
    DATABASE_URL: databaseUrl,
    WORKER_GROUP: 'short',
    BASE_INTERNAL_URL: url,
    MILLRACE_DATA_DIR: join(folder, 'short'),
  })
  const exited = once(short.child, 'exit', { signal: AbortSignal.timeout(30_000) })
  const body = { worker_tags: [tag], exit_after_jobs: 2, env_vars_static: { COLOR: 'red' } }
  await client.workerGroups.updateConfig({ name: 'worker__short', body })
  const preview = { language: 'bash', content: 'echo "$COLOR"', args: {}, tag }
  const ids = await Promise.all(
    [1, 2, 3].map(() => client.jobs.runScriptPreview({ workspace: WORKSPACE, body: preview })),
  )
  expect((await exited)[0]).toBe(0)
  const jobs = await Promise.all(ids.map((id) => client.jobs.getJob({ workspace: WORKSPACE, id })))
  const ended = jobs.filter((job) => job.type === 'CompletedJob')
  expect(ended.map((job) => job.result)).toEqual(['red', 'red'])
})

/** The newest of Debian's PostgreSQL programs. */
function findPrograms(): string | undefined {
  const versions = globSync('/usr/lib/postgresql/*/bin').map((bin) => ({ bin, version: Number(bin.split('/')[4]) }))
  const [newest] = versions.filter(({ version }) => version >= VERSION_MIN).sort((a, b) => b.version - a.version)
  return newest && existsSync(join(newest.bin, 'initdb')) ? newest.bin : undefined
}

/** Starts a server that listens on a socket in the folder only, and gives the address of a database of a plain role. */
function startPostgres(bin: string): string {
  const user = postgresUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  runAsPostgres(join(bin, 'initdb'), ['-D', data, '-U', 'boss', '-A', 'trust', '--no-sync'])
  const settings = `-c listen_addresses= -c unix_socket_directories=${folder} -c fsync=off`
  runAsPostgres(join(bin, 'pg_ctl'), ['-D', data, '-l', join(folder, 'log'), '-o', settings, '-w', 'start'])
  const asBoss = (sql: string) =>
    runAsPostgres(join(bin, 'psql'), ['-h', folder, '-U', 'boss', '-d', 'postgres', '-c', sql])
  asBoss('create role plain login nosuperuser nocreatedb nocreaterole')
  asBoss('create database millrace owner plain')
  return `postgres://plain@localhost/millrace?host=${encodeURIComponent(folder)}`
}

/** PostgreSQL refuses to run as root: whom to be instead. */
function postgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function runAsPostgres(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, {
    ...postgresUser(),
    cwd: dirname(folder),
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
}
