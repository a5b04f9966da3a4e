import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { makePartitions } from '@millrace/queue'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { outcomeOf } from '../testing/flow-fixture.ts'
import { startWorkflowWorker, type Code, type WorkflowWorker } from '../testing/workflow-fixture.ts'
import { resumeFlow } from '../shell/resume-flow.ts'
import { keepStep } from './sql/keep-step.ts'

const tag = `t-${newId()}`
const task = (key: string, more: object = {}) => ({ key, name: 'work', script: 'work', args: { key }, ...more })
const all = (keys: readonly string[]) => ({ mode: 'parallel', steps: keys.map((key) => task(key)) })
const keys = Array.from({ length: 40 }, (_, nth) => `work_${nth}`)
const rounds = new Map<string, number>()
let held = Promise.withResolvers<void>()

/** A workflow over tasks that give their own key, and what it does when they are over. */
const over =
  (names: readonly string[], then: Code): Code =>
  (checkpoint, job) => {
    if (checkpoint._executing_key !== undefined) return { result: checkpoint._executing_key }
    rounds.set(job.id, (rounds.get(job.id) ?? 0) + 1)
    return names.every((name) => name in checkpoint.completed_steps) ? then(checkpoint, job) : { waits: all(names) }
  }

const code: Readonly<Record<string, Code>> = {
  many: over(keys, ({ completed_steps: steps }) => ({ result: keys.map((key) => steps[key]) })),
  twice: () => ({ waits: all(['same', 'same']) }),
  odd: () => ({ waits: { mode: 'sleep', key: 'x', seconds: 'soon' } }),
  clash: over(['a'], () => ({ waits: { mode: 'sleep', key: 'a', seconds: 1 } })),
  moved: over(['a'], () => ({
    waits: { mode: 'sequential', steps: [task('a', { dispatch_type: 'script', script: 'f/x/y' })] },
  })),
  gone: ({ completed_steps: { a } }) =>
    a
      ? { result: a }
      : { waits: { mode: 'sequential', steps: [task('a', { dispatch_type: 'flow', script: 'f/no/flow' })] } },
  nested: ({ _executing_key: key, completed_steps: { a } }) => (a ? { result: a } : { waits: all([key ? 'b' : 'a']) }),
  timeless: ({ completed_steps: { ask } }) =>
    ask ? { result: ask } : { waits: { mode: 'approval', key: 'ask', timeout: 0 } },
  ask: ({ completed_steps: { ask } }) =>
    ask ? { result: ask } : { waits: { mode: 'approval', key: 'ask', form: {} } },
  kept: async (checkpoint, job) => {
    if ('s' in checkpoint.completed_steps) return { result: checkpoint.completed_steps }
    await keep(job.id, 's', 'first')
    return { waits: { mode: 'inline_checkpoint', key: 's', result: 'second' } }
  },
  hold: async ({ completed_steps: steps }, job) => {
    rounds.set(job.id, 1)
    await held.promise
    return 'a' in steps ? { result: steps } : { waits: all(['a']) }
  },
}

let base: TestDatabase
let worker: WorkflowWorker
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
  worker = await startWorkflowWorker(base.db, tag, code)
})
afterAll(async () => {
  await worker.stop()
  await base.drop()
})

async function ended(id: string) {
  await waitUntil(`the job ${id} has ended`, 10_000, async () => (await count('job_outcome where id', id)) === 1)
  return await outcomeOf(base.db, id)
}

async function count(rows: string, id: string): Promise<number> {
  const found = await base.db.pool.query<{ n: number }>(`select count(*)::int as n from ${rows} = $1`, [id])
  return found.rows[0]?.n ?? -1
}

async function keep(job: string, key: string, value: string, workspaceId = 'admins') {
  const json = JSON.stringify(value)
  return await keepStep(base.db.pool, {
    workspaceId,
    job,
    key,
    status: 'success',
    json,
    startedAt: undefined,
    durationMs: 1,
  })
}

test('W3 a workflow is run again once all its tasks have ended, and nothing of it is left', async () => {
  const id = await worker.start('many')
  expect(await ended(id)).toEqual({ status: 'success', result: keys })
  expect(rounds.get(id)).toBe(2)
  expect(await count('flow_event where frame_id', id)).toBe(0)
  expect(await count('flow_run where id', id)).toBe(0)
  expect(await count('job where parent_job', id)).toBe(keys.length)
})

test.each([
  ['twice', 'Two tasks of the workflow are called "same"'],
  ['odd', 'The workflow asks for something that cannot be: seconds'],
  ['clash', 'has a checkpoint "a" that stands for something else'],
  ['moved', 'has a checkpoint "a" that stands for something else'],
])('W8 "%s" fails with a sentence', async (name, sentence) => {
  const { status, result } = await ended(await worker.start(name))
  expect(status).toBe('failure')
  expect(result).toMatchObject({ error: { name: 'WorkflowError', message: expect.stringContaining(sentence) } })
})

test('W6 what is not there fails its task, and a task starts none', async () => {
  expect((await ended(await worker.start('gone'))).result).toMatchObject({
    __wmill_error: true,
    step_key: 'a',
    message: expect.stringContaining('There is no flow f/no/flow'),
  })
  expect((await ended(await worker.start('nested'))).result).toMatchObject({
    __wmill_error: true,
    child_job_id: expect.any(String),
    message: expect.stringContaining('it cannot wait, or start tasks'),
  })
})

test('W11 without an answer in time the answer is no, and of two answers the first counts', async () => {
  expect((await ended(await worker.start('timeless'))).result).toEqual({ value: null, approver: null, approved: false })
  const id = await worker.start('ask')
  await waitUntil('it waits', 10_000, async () => (await count(`flow_run where awaits is not null and id`, id)) === 1)
  const give = async (resumeId: number) =>
    await resumeFlow(base.db, {
      workspaceId: 'admins',
      job: id,
      resumeId,
      payload: String(resumeId),
      approver: `p${resumeId}`,
      approved: resumeId === 1,
    })
  expect((await give(1)).kind).toBe('taken')
  await give(2)
  worker.workflows.deliver(id)
  expect((await ended(id)).result).toEqual({ value: 1, approver: 'p1', approved: true })
  expect((await give(3)).kind).toBe('not_waiting')
})

test('W4 a step is kept once, while its workflow runs and in its workspace', async () => {
  const id = await worker.start('kept')
  expect((await ended(id)).result).toEqual({ s: 'first' })
  expect(await keep(id, 'late', 'x')).toBe('not running')
  held = Promise.withResolvers()
  const other = await worker.start('hold')
  await waitUntil('it runs', 10_000, () => rounds.has(other))
  expect(await keep(other, 'a', 'x', 'elsewhere')).toBe('not running')
  expect(await keep(other, 'a', 'x')).toBe('kept')
  expect(await keep(other, 'a', 'y')).toBe('known')
  held.resolve()
  expect(await ended(other)).toMatchObject({ status: 'failure' })
})

test('W9 a lost worker counts only if no step was kept since the last one', async () => {
  held = Promise.withResolvers()
  const id = await worker.start('hold')
  await waitUntil('it runs', 10_000, () => rounds.has(id))
  const lost = async () =>
    (await base.db.pool.query<{ lost: number }>('select attempt - failures as lost from job_queue where id = $1', [id]))
      .rows[0]?.lost
  // As if two workers had been lost under it.
  await base.db.pool.query('update job_queue set failures = failures - 2 where id = $1', [id])
  expect(await lost()).toBe(3)
  expect(await keep(id, 'b', 'x')).toBe('kept')
  expect(await lost()).toBe(1)
  await worker.queue.requestCancel({ workspaceId: 'admins', ids: [id], by: 'tester' })
  held.resolve()
  expect(await ended(id)).toMatchObject({ status: 'canceled' })
  expect(await count(`job_queue q join job j using (id) where j.parent_job`, id)).toBe(0)
})

test('W4 a process is answered when its step is kept; W5 a failure as every later round reads it', async () => {
  held = Promise.withResolvers()
  const id = await worker.start('hold')
  await waitUntil('it runs', 10_000, () => rounds.has(id))
  const tell = async (step: unknown) => {
    const answer = await worker.workflows.keep({ id, workspaceId: 'admins' }, JSON.stringify(step))
    return answer === undefined ? undefined : JSON.parse(answer)
  }
  expect(await tell({ key: 'a', result: 1 })).toEqual({ isKept: true })
  expect(await tell({ key: 'a', result: 2 })).toBeUndefined()
  expect(await tell({ key: '', result: 2 })).toBeUndefined()
  expect(await worker.workflows.keep({ id, workspaceId: 'admins' }, 'no JSON')).toBeUndefined()
  const failure = { __wmill_error: true, message: 'lost', step_key: 'b', result: { error: { message: 'as it was' } } }
  expect(await tell({ key: 'b', result: failure })).toEqual({
    isKept: true,
    failure: { ...failure, message: 'as it was' },
  })
  await worker.queue.requestCancel({ workspaceId: 'admins', ids: [id], by: 'tester' })
  held.resolve()
  await ended(id)
  expect(await tell({ key: 'c', result: 1 })).toBeUndefined()
})
