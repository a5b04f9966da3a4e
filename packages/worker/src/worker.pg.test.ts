import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { configOfGroup, type WorkerGroup } from '@millrace/contracts'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { deleteConfig, putConfig } from '@millrace/db/tables/config'
import { makePartitions, Notifier, Queue, signJobToken, type ClaimedJob, type Outcome } from '@millrace/queue'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { contextualEnvironment } from './environment.ts'
import type { Executor } from './executors/executor.ts'
import { Group } from './group/group.ts'
import { Worker, type WorkerOptions } from './worker.ts'

let base: TestDatabase
let notifier: Notifier
let queue: Queue
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
  notifier = new Notifier(base.db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  queue = new Queue(base.db, notifier)
})
afterAll(async () => {
  await notifier.stop()
  await base.drop()
})

const success: Outcome = { status: 'success', resultJson: 'true' }

/** A worker in a group of its own, whose jobs are run by `execute`. */
async function startWorker(
  config: WorkerGroup,
  execute: Executor['execute'] = () => success,
  more: Partial<WorkerOptions> = {},
) {
  const name = `g-${newId()}`
  const set = async (next: WorkerGroup, isTold = true) => {
    await putConfig(base.db.kysely, { name: configOfGroup(name), config: next, changedBy: 'tester' })
    if (isTold) queue.tellGroups([name])
  }
  await set(config)
  const group = await Group.open({
    db: base.db,
    log: silentLogger,
    name,
    own: { tags: [], slots: 0, exitAfterJobs: 0 },
    host: { tags: [`host-${name}`], slots: 1, nativeTags: [], lookUpVariable: (key) => ({ REGION: 'north' })[key] },
  })
  const worker = new Worker({
    db: base.db,
    notifier,
    log: silentLogger,
    executors: new Map([['noop', { kind: 'noop', execute }]]),
    group,
    sandbox: { id: 'none', isolated: true, notice: undefined },
    version: 'test',
    leaseMs: 2000,
    pollMs: 1000,
    drainMs: 2000,
    logLengthMax: 1000,
    memoryMb: 1000,
    ...more,
  })
  onTestFinished(() => worker.stop())
  await worker.start()
  return { name, set, group, row: () => rowOf(name) }
}

async function rowOf(group: string) {
  const { rows } = await base.db.pool.query<{ id: string; tags: string[]; slots: number; notice: string | null }>(
    'select id, tags, slots, notice from worker where worker_group = $1',
    [group],
  )
  return rows[0]
}

async function enqueue(tag: string, count = 1): Promise<readonly string[]> {
  const job = {
    workspaceId: 'admins',
    kind: 'noop',
    tag,
    createdBy: 'tester',
    email: 't@example.org',
    permissionedAs: 'u/tester',
    awaited: true,
  }
  return await queue.enqueue(Array.from({ length: count }, () => job))
}

async function countEnded(ids: readonly string[]): Promise<number> {
  const { rows } = await base.db.pool.query<{ count: number }>(
    'select count(*) from job_outcome where id = any ($1::uuid[])',
    [ids],
  )
  return rows[0]?.count ?? 0
}

const soon = { timeout: 10_000, interval: 20 }

test('a worker serves other tags as soon as its group is told to, and its row shows them', async () => {
  const [first, second] = [`t-${newId()}`, `t-${newId()}`]
  const { set, row } = await startWorker({ worker_tags: [first] })
  const started = await enqueue(first)
  await expect.poll(() => countEnded(started), soon).toBe(1)
  const before = await enqueue(second)
  await set({ worker_tags: [second], slots: 3 })
  await expect.poll(() => countEnded(before), soon).toBe(1)
  await expect.poll(row, soon).toMatchObject({ tags: [second], slots: 3 })
  const left = await enqueue(first)
  const after = await enqueue(second)
  await expect.poll(() => countEnded(after), soon).toBe(1)
  expect(await countEnded(left)).toBe(0)
})

test('a change that nobody told is followed at the next renewal of the lease', async () => {
  const { set, row } = await startWorker({ slots: 1 })
  await set({ slots: 5 }, false)
  await expect.poll(async () => (await row())?.slots, soon).toBe(5)
})

test('more slots take effect at once, while what runs goes on', async () => {
  const tag = `t-${newId()}`
  let running = 0
  const over = Promise.withResolvers<Outcome>()
  const { set } = await startWorker({ worker_tags: [tag], slots: 1 }, () => {
    running += 1
    return over.promise
  })
  const ids = await enqueue(tag, 3)
  await expect.poll(() => running, soon).toBe(1)
  await set({ worker_tags: [tag], slots: 3 })
  await expect.poll(() => running, soon).toBe(3)
  over.resolve(success)
  await expect.poll(() => countEnded(ids), soon).toBe(3)
})

test('fewer slots hold back what has not begun', async () => {
  const tag = `t-${newId()}`
  const begun: PromiseWithResolvers<Outcome>[] = []
  const { set, row } = await startWorker({ worker_tags: [tag], slots: 2 }, () => {
    const run = Promise.withResolvers<Outcome>()
    begun.push(run)
    return run.promise
  })
  const ids = await enqueue(tag, 4)
  await expect.poll(() => begun.length, soon).toBe(2)
  await set({ worker_tags: [tag], slots: 1 })
  await expect.poll(async () => (await row())?.slots, soon).toBe(1)
  begun[0]?.resolve(success)
  await expect.poll(() => countEnded(ids), soon).toBe(1)
  expect(begun.length).toBe(2)
  begun[1]?.resolve(success)
  await expect.poll(() => begun.length, soon).toBe(3)
  begun[2]?.resolve(success)
  await expect.poll(() => begun.length, soon).toBe(4)
  begun[3]?.resolve(success)
  await expect.poll(() => countEnded(ids), soon).toBe(4)
})

test('tags with a priority are served before the others, whatever came first', async () => {
  const [plain, high, higher] = [`t-${newId()}`, `t-${newId()}`, `t-${newId()}`]
  const order: string[] = []
  const config = { worker_tags: [plain, high, higher], slots: 1, priority_tags: { [high]: 1, [higher]: 2 } }
  const ids = [...(await enqueue(plain, 2)), ...(await enqueue(high)), ...(await enqueue(higher))]
  await startWorker(config, (job) => {
    order.push(job.tag)
    return success
  })
  await expect.poll(() => countEnded(ids), soon).toBe(4)
  expect(order).toEqual([higher, high, plain, plain])
})

test('jobs see the group’s variables as they are when they begin, never instead of their own', async () => {
  const tag = `t-${newId()}`
  const seen: Readonly<Record<string, string>>[] = []
  const context = { tokenKey: Buffer.alloc(32), baseUrl: 'http://x', internalUrl: 'http://x' }
  let env = (): Readonly<Record<string, string>> => ({})
  const see = (job: ClaimedJob) => {
    seen.push(contextualEnvironment(job, { ...context, workerGroup: 'g', groupEnv: env() }))
    return success
  }
  const { set, group } = await startWorker({ worker_tags: [tag] }, see)
  env = () => group.terms.env
  await set({ worker_tags: [tag], env_vars_static: { COLOR: 'red' }, env_vars_allowlist: ['REGION'] })
  await expect.poll(() => group.terms.env['COLOR'], soon).toBe('red')
  const [id = ''] = await enqueue(tag)
  await expect.poll(() => seen.length, soon).toBe(1)
  expect(seen[0]).toMatchObject({ COLOR: 'red', REGION: 'north', WM_JOB_ID: id })
  env = () => ({ WM_TOKEN: 'forged', BASE_URL: 'forged', COLOR: 'blue' })
  const [next = ''] = await enqueue(tag)
  await expect.poll(() => seen.length, soon).toBe(2)
  const own = { WM_TOKEN: signJobToken(context.tokenKey, next), BASE_URL: 'http://x' }
  expect(seen[1]).toMatchObject({ ...own, COLOR: 'blue' })
})

test('after as many jobs as it may run, a worker drains and says so', async () => {
  const tag = `t-${newId()}`
  const spent = Promise.withResolvers<void>()
  const { row } = await startWorker({ worker_tags: [tag], slots: 4, exit_after_jobs: 3 }, () => success, {
    onSpent: () => spent.resolve(),
  })
  const ids = await enqueue(tag, 10)
  await spent.promise
  expect(await countEnded(ids)).toBe(3)
  expect(await row()).toBeUndefined()
})

test('the last job that a worker may run can still wait for one that it starts', async () => {
  const tag = `t-${newId()}`
  const spent = Promise.withResolvers<void>()
  let childId = ''
  const run = async (job: ClaimedJob): Promise<Outcome> => {
    if (childId !== '') return success
    const [id = ''] = await enqueue(tag)
    childId = id
    const expectation = queue.expect(id)
    await queue.noteWait({ waiterId: job.id, childId }, 10_000)
    const isEnded = await expectation.ended(10_000)
    expectation.close()
    return { status: isEnded ? 'success' : 'failure', resultJson: 'null' }
  }
  const config = { worker_tags: [tag], slots: 4, exit_after_jobs: 1 }
  const [id = ''] = await enqueue(tag)
  await startWorker(config, run, { onSpent: () => spent.resolve() })
  await spent.promise
  expect(await countEnded([id, childId])).toBe(2)
})

test('where the process goes on, a spent worker joins afresh', async () => {
  const tag = `t-${newId()}`
  const { row } = await startWorker({ worker_tags: [tag], slots: 4, exit_after_jobs: 3 })
  const before = (await row())?.id
  const ids = await enqueue(tag, 10)
  await expect.poll(() => countEnded(ids), soon).toBe(10)
  await expect.poll(async () => (await row())?.id, soon).not.toBe(before)
})

test('a failing init script keeps the worker from claiming and is told, until it is mended', async () => {
  const tag = `t-${newId()}`
  const { set, row } = await startWorker({ worker_tags: [tag], init_bash: 'exit 7' })
  const ids = await enqueue(tag)
  await expect.poll(async () => (await row())?.notice, soon).toContain('It exited with 7.')
  expect(await row()).toMatchObject({ tags: [] })
  expect(await countEnded(ids)).toBe(0)
  await set({ worker_tags: [tag], init_bash: 'true' })
  await expect.poll(() => countEnded(ids), soon).toBe(1)
  expect(await row()).toMatchObject({ tags: [tag], notice: null })
})

test('no job is claimed before the init script has ended', async () => {
  const tag = `t-${newId()}`
  const file = `/tmp/millrace-init-${newId()}`
  let isPrepared: boolean | undefined
  const { existsSync, writeFileSync, rmSync } = await import('node:fs')
  onTestFinished(() => rmSync(file, { force: true }))
  const { row } = await startWorker(
    { worker_tags: [tag], init_bash: `until [ -e '${file}' ]; do sleep 0.05; done; echo done >> '${file}'` },
    () => {
      isPrepared = existsSync(file)
      return success
    },
  )
  const ids = await enqueue(tag)
  expect((await row())?.notice).toContain('is running')
  writeFileSync(file, '')
  await expect.poll(() => countEnded(ids), soon).toBe(1)
  expect(isPrepared).toBe(true)
})

test('a group that is deleted leaves its workers to what their host can', async () => {
  const { name, row } = await startWorker({ worker_tags: ['gpu'], slots: 9 })
  await deleteConfig(base.db.kysely, configOfGroup(name))
  queue.tellGroups([name])
  await expect.poll(row, soon).toMatchObject({ tags: [`host-${name}`], slots: 1 })
})
