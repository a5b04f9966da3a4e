import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { whyNoBox } from '../why-no-box.ts'
import { readExamples } from './examples.ts'
import { deno, node, python, typescript } from './samples.ts'
import { tagOfTest, WorkflowHost, type CutWorker } from './workflow-host.ts'

const WORKSPACE = 'admins'
const tag = tagOfTest()
let host: WorkflowHost
let worker: CutWorker
const why = await whyNoBox()
beforeAll(async () => {
  if (why !== undefined) return
  host = await WorkflowHost.start()
  worker = await host.startWorker(tag)
})
afterAll(async () => {
  await worker?.stop()
  await host?.close()
})
beforeEach((context) => context.skip(why !== undefined, why))

test.each(await readExamples())('the example of the documentation in $language', async ({ result, ...preview }) => {
  expect(await host.run({ ...preview, tag })).toMatchObject({ status: 'success', result })
})

describe.each([typescript, node, deno, python])('$name', (samples) => {
  const { language, head = '' } = samples
  const preview = (content: string, args = {}) => ({ language, content: head + content, args, tag })

  test('W7 results of any length are told whole at each round', async () => {
    const { result } = await host.run(preview(samples.large, { long: 100_000 }))
    expect(result).toBe('é'.repeat(200_000))
  })

  test('W6 what fails raises its error where it is awaited', async () => {
    const { result } = await host.run(preview(samples.errors))
    expect(result).toEqual([
      ['TaskError', 'bad task', 'bad', 'TypeError'],
      ['TaskError', 'bad step', 'bad step', 'RangeError'],
      ['TaskError', expect.stringContaining('There is no script f/nowhere/gone'), 'gone', 'NotFound'],
    ])
  })

  test('W6 a script of the workspace is a task', async () => {
    const path = `f/tests/hello_${samples.name}`
    const body = { path, content: 'who="$1"\necho "hello $who"\n', language: 'bash', summary: '', description: '' }
    await host.client.scripts.createScript({ workspace: WORKSPACE, body })
    expect(await host.run(preview(samples.call, { path, tag }))).toMatchObject({ result: 'hello you' })
  })

  test('W3 a workflow that sleeps has no worker, and its log is one', async () => {
    const id = await host.enqueue(preview(samples.sleeping))
    await host.untilWaits(id, 'scheduled')
    expect(await host.query('select worker_id from job_queue where id = $1', [id])).toMatchObject({
      rows: [{ worker_id: null }],
    })
    await waitUntil('its process has ended', 10_000, async () => {
      const job = await host.client.jobs.getJob({ workspace: WORKSPACE, id, query: {} })
      return job.type === 'QueuedJob' && job.running
    })
    await host.passTime(id)
    expect(await host.ended(id)).toMatchObject({ result: 'awake' })
    const job = await host.client.jobs.getJob({ workspace: WORKSPACE, id, query: {} })
    const steps = Object.values(job.workflow_as_code_status ?? {})
    expect(steps.map(({ name }) => name)).toEqual(['before', 'sleep', 'after'])
    expect(steps.every(({ duration_ms: ms }) => typeof ms === 'number')).toBe(true)
    const log = job.logs ?? ''
    expect(log.match(/^round$/gm)).toHaveLength(2)
    expect(log.match(/^before$/gm)).toHaveLength(1)
  })

  test.each([
    ['resume', true],
    ['cancel', false],
  ] as const)('W11 an approval is answered by its own address: %s', async (how, approved) => {
    const id = await host.enqueue(preview(samples.approval))
    await host.untilWaits(id, 'scheduled')
    const log = await host.client.jobs.getJobLogs({ workspace: WORKSPACE, id })
    const [manager, other] = JSON.parse(/^URLS (.*)$/m.exec(log)?.[1] ?? '[]')
    const wrong = await answer(other[how], { n: 0 })
    expect(wrong).toMatchObject({ status: 409, text: expect.stringContaining('approval.not_waiting') })
    const info = await host.client.approvals.getApprovalInfo({ workspace: WORKSPACE, job_id: id, query: {} })
    expect(info).toMatchObject({ description: 'May it go on?', can_approve: true })
    const told = await host.client.workflows.listWorkflowSteps({ workspace: WORKSPACE, id })
    expect(told.map(({ key, kind, status }) => `${key} ${kind} ${status}`)).toEqual([
      'urls step success',
      'tell step success',
      'manager approval suspended',
    ])
    expect(told[0]?.result).toEqual([manager, other])
    expect(told[2]?.due_at).toEqual(expect.any(String))
    expect(await answer(manager[how], { n: 1 })).toMatchObject({ status: 201 })
    expect(await host.ended(id)).toMatchObject({
      status: 'success',
      result: { value: { n: 1 }, approver: 'anonymous', approved },
    })
    expect((await answer(manager[how], { n: 2 })).status).toBeGreaterThanOrEqual(400)
  })

  test('W10 a cancel ends its tasks as well', async () => {
    const id = await host.enqueue(preview(samples.endless))
    const tasks = async (status: string) =>
      (
        await host.query(`select from job j join job_queue q using (id) where j.parent_job = $1 and q.state = $2`, [
          id,
          status,
        ])
      ).rowCount
    await waitUntil('both tasks run', 30_000, async () => (await tasks('running')) === 2)
    await host.client.jobs.cancelQueuedJob({ workspace: WORKSPACE, id, body: { reason: 'enough' } })
    expect(await host.ended(id)).toMatchObject({ status: 'canceled' })
    const below = await host.query('select id from job where parent_job = $1', [id])
    for (const row of below.rows) expect(await host.ended(String(row['id']))).toMatchObject({ status: 'canceled' })
  })

  test('W8 a workflow that does not come to its task again fails with a sentence', async () => {
    const { status, result } = await host.run(preview(samples.stray))
    expect(status).toBe('failure')
    expect(JSON.stringify(result)).toContain('did not come to its task')
  })

  test('W4 steps in one process are kept one by one, by its worker', async () => {
    const { id, result } = await host.run(preview(samples.alone, { count: 50 }))
    expect(result).toMatchObject({ sum: 1225 })
    expect(await keptSteps(id)).toEqual({ count: 50, rounds: 1 })
  })

  test('tasks of a script that is no workflow are jobs below it', async () => {
    const { id, result } = await host.run(preview(samples.calling, { x: 1 }))
    expect(result).toEqual([2, 4, 6])
    const { rows } = await host.query('select root_job, tag from job where parent_job = $1', [id])
    expect(rows).toEqual(Array.from({ length: 3 }, () => ({ root_job: id, tag })))
  })
})

test.each([typescript, python])(
  'W4 a process that stays keeps steps by calls of the server: $name',
  async (samples) => {
    const path = `f/tests/many_${samples.name}`
    const body = { path, content: samples.many, language: samples.language, dedicated_worker: true }
    await host.client.scripts.createScript({ workspace: WORKSPACE, body })
    const own = await host.startWorker(`dependency,${WORKSPACE}:${path}`)
    onTestFinished(() => own.stop())
    const id = await host.client.jobs.runScriptByPath({ workspace: WORKSPACE, path, query: {}, body: { count: 5 } })
    expect(await host.ended(id)).toMatchObject({ result: { sum: 10 } })
    expect(await keptSteps(id)).toEqual({ count: 5, rounds: 1 })
  },
)

/** How many steps are kept, and how often the code ran. */
async function keptSteps(id: string): Promise<{ readonly count: number | null; readonly rounds: number }> {
  const { rowCount } = await host.query('select from workflow_checkpoint where job_id = $1', [id])
  const log = await host.client.jobs.getJobLogs({ workspace: WORKSPACE, id })
  return { count: rowCount, rounds: log.match(/^round$/gm)?.length ?? 0 }
}

async function answer(url: string, body: unknown): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: reply.status, text: await reply.text() }
}
