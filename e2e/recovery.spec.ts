import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, createClient, type Client } from '@millrace/client'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { listProcesses } from './list-processes.ts'
import { startProcess, WORKSPACE, type StartedProcess } from './start-millrace.ts'

const SECRET = 'secret-of-the-recovery-tests-00000001'
/** A keeper that was killed holds its office for up to 15 s, and the next one asks each 5 s. */
const RESCUED_MS_MAX = 40_000
const READY_MS_MAX = 20_000
const JOBS_OF_SCRIPT = 600

let folder: string
let port: string
let running: StartedProcess | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-recovery-'))
  await chmod(folder, 0o755)
  port = await freePort()
})
afterEach(async () => {
  await running?.stop()
  const left = processesOf(folder)
  if (left.length > 0) throw new Error(`It left behind: ${left.join('\n')}`)
  await rm(folder, { recursive: true })
})

test('jobs of a server that was killed end after the next start, and nothing stale is in its way', async () => {
  const first = await start()
  const short = await startJob(first.client, 'sleep 2; echo {}')
  const long = await startJob(first.client, 'sleep 7411')
  for (const id of [short, long]) await untilRunning(first.client, id)

  process.kill(first.serverPid, 'SIGKILL')
  await exitOf(first)
  const begunMs = performance.now()
  const second = await start()
  expect(performance.now() - begunMs).toBeLessThan(READY_MS_MAX)

  await expect.poll(() => outcome(second.client, short), { timeout: RESCUED_MS_MAX }).toMatchObject({ success: true })
  await expect.poll(() => sleepers().length, { timeout: RESCUED_MS_MAX }).toBe(1)
  await second.client.jobs.cancelQueuedJob({ workspace: WORKSPACE, id: long, body: {} })
  await expect.poll(() => outcome(second.client, long), { timeout: 20_000 }).toMatchObject({ canceled: true })
  await expect.poll(() => sleepers().length, { timeout: 5000 }).toBe(0)
})

test('the server stops when its launcher is killed, and the next start finds a clean house', async () => {
  const first = await start()
  first.started.child.kill('SIGKILL')
  await exitOf(first)
  await expect.poll(() => processesOf(folder), { timeout: 30_000 }).toEqual([])
  const second = await start()
  const id = await startJob(second.client, 'echo {}')
  await expect.poll(() => outcome(second.client, id), { timeout: 20_000 }).toMatchObject({ success: true })
})

test('a PostgreSQL that was killed is started again and the work goes on', async () => {
  const { client } = await start()
  const before = await startJob(client, 'sleep 3; echo {}')
  await untilRunning(client, before)
  process.kill(await postmasterPid(), 'SIGKILL')
  // A connection that has not noticed yet may answer a look at the health; a job is only taken by a database that is there.
  let after = ''
  const ask = async () => (after = await startJob(client, 'echo {}').catch(whenUnavailable))
  await expect.poll(ask, { timeout: 20_000 }).not.toBe('')
  await expect.poll(() => isHealthy(client), { timeout: 20_000 }).toBe(true)
  for (const id of [before, after])
    await expect.poll(() => outcome(client, id), { timeout: RESCUED_MS_MAX }).toMatchObject({ success: true })
})

test('a server that is told to stop gives back what waits in the process of a script, and each of its jobs runs once', async () => {
  const calls = new Map<string, number>()
  const listener = createHttpServer(({ url = '' }, reply) => {
    calls.set(url, (calls.get(url) ?? 0) + 1)
    reply.end()
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  onTestFinished(() => void listener.close())
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  const place = `http://127.0.0.1:${address.port}/`
  const content = `export async function main(n: number) { return (await fetch('${place}' + n)).status }`

  const first = await start()
  const path = 'u/admin/told'
  const body = { path, language: 'bun', content, dedicated_worker: true }
  await first.client.scripts.createScript({ workspace: WORKSPACE, body })
  const config = { dedicated_worker: `${WORKSPACE}:${path}`, slots: 2 }
  await first.client.workerGroups.updateConfig({ name: 'worker__default', body: config })
  const runJob = (n: number) => first.client.jobs.runScriptByPath({ workspace: WORKSPACE, path, body: { n } })
  await Promise.all(Array.from({ length: JOBS_OF_SCRIPT }, (_, n) => runJob(n)))
  await expect.poll(() => calls.size, { timeout: 20_000, interval: 5 }).toBeGreaterThan(JOBS_OF_SCRIPT / 4)
  await first.started.stop()
  expect(calls.size).toBeLessThan(JOBS_OF_SCRIPT)

  const { client } = await start()
  const query = { tags: config.dedicated_worker, success: true }
  const succeeded = () => client.finishedJobs.countCompletedJobs({ workspace: WORKSPACE, query })
  await expect.poll(succeeded, { timeout: RESCUED_MS_MAX }).toBe(JOBS_OF_SCRIPT)
  expect([calls.size, Math.max(...calls.values())]).toEqual([JOBS_OF_SCRIPT, 1])
})

/** Only the answer that the database is away may be asked again. */
function whenUnavailable(error: unknown): string {
  if (ApiError.is(error) && error.status === 503) return ''
  throw error
}

interface Recovered {
  readonly client: Client
  readonly started: StartedProcess
  readonly serverPid: number
}

async function start(): Promise<Recovered> {
  const started = await startProcess('start', {
    PORT: port,
    MILLRACE_DATA_DIR: folder,
    MILLRACE_SUPERADMIN_SECRET: SECRET,
    QUEUE_LEASE_MS: '2000',
  })
  running = started
  const serverPid = listProcesses('main.ts start').find(({ parent }) => parent === started.child.pid)?.pid
  if (serverPid === undefined) throw new Error('The launcher has no child that is a server.')
  return { client: createClient({ baseUrl: `http://127.0.0.1:${port}`, token: SECRET }), started, serverPid }
}

async function exitOf({ started }: Recovered): Promise<void> {
  running = undefined
  const { child } = started
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function startJob(client: Client, content: string): Promise<string> {
  return client.jobs.runScriptPreview({ workspace: WORKSPACE, body: { language: 'bash', content, args: {} } })
}

async function untilRunning(client: Client, id: string): Promise<void> {
  const isRunning = async () => {
    const job = await client.jobs.getJob({ workspace: WORKSPACE, id })
    return 'running' in job && job.running
  }
  await expect.poll(isRunning, { timeout: 20_000 }).toBe(true)
}

async function outcome(client: Client, id: string): Promise<unknown> {
  const job = await client.jobs.getJob({ workspace: WORKSPACE, id })
  return 'success' in job ? { success: job.success, canceled: job.canceled } : undefined
}

async function isHealthy(client: Client): Promise<boolean> {
  const health = await client.instance.health().catch(() => undefined)
  return health?.database_healthy === true
}

async function postmasterPid(): Promise<number> {
  return Number((await readFile(join(folder, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])
}

function sleepers() {
  return listProcesses('sleep 7411').filter(({ command }) => command === 'sleep 7411')
}

function processesOf(path: string): readonly string[] {
  return listProcesses(path).map(({ command }) => command)
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return String(address.port)
}
