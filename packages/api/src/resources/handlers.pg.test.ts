import { silentLogger } from '@millrace/base/logger'
import { Notifier, type ClaimedJob, type Outcome } from '@millrace/queue'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tellHandlers } from '../handlers/tell-handlers.ts'
import { SECRET, startApi, type ApiFixture, type Place } from '../testing/api-fixture.ts'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

type Run = (job: ClaimedJob) => Outcome
const ok: Outcome = { status: 'success', resultJson: '"fine"' }
const fail: Outcome = { status: 'failure', resultJson: '{"error":{"name":"Error","message":"no net"}}' }

/** A workspace with a script that ends as its argument says, and a handler; what the handler was told is gathered. */
async function setup({ handlerEnds = ok, work = true }: { handlerEnds?: Outcome; work?: boolean } = {}) {
  const place = await fixture.makeWorkspace()
  const told: Readonly<Record<string, unknown>>[] = []
  const post = (path: string, body: object) => postAs(place, path, body)
  const deploy = (path: string, more: object = {}) =>
    post('/scripts/create', { path, content: 'how="$1"\n', language: 'bash', tag: place.workspace, ...more })
  await deploy('f/a/task')
  await deploy('f/a/handler')
  const run: Run = (job) => {
    const args = JSON.parse(job.argsJson ?? '{}')
    if (job.scriptPath !== 'f/a/handler') return args.how === 'fail' ? fail : ok
    told.push(args)
    return handlerEnds
  }
  if (work) await fixture.work([place.workspace], run)
  const choose = (event: string, setting: object = { path: 'script/f/a/handler' }) =>
    post(`/workspaces/edit_${event}_handler`, setting)
  const settings = async () =>
    (await fixture.call(`${place.root}/workspaces/get_settings`, { token: place.token })).json()
  return { place, told, post, deploy, choose, settings }
}

async function postAs(place: Place, path: string, body: object) {
  return await fixture.call(`${place.root}${path}`, { method: 'POST', token: place.token, body })
}

/** Runs the script to its end, whichever that is. */
async function runTask(place: Place, how: 'fail' | 'succeed', path = 'f/a/task'): Promise<string> {
  const id = (await postAs(place, `/jobs/run/p/${path}`, { how })).body
  await ended(place, id)
  return id
}

async function ended(place: Place, id: string): Promise<void> {
  const reply = await fixture.call(`${place.root}/jobs_u/getupdate_sse/${id}?only_result=true`, { token: place.token })
  expect(reply.body).toContain('"completed":true')
}

/** Runs the duty, waits for the jobs that it made in a workspace, and runs it again: what comes of those is told too, if anything is. */
async function deliver(place: Place): Promise<void> {
  const notifier = new Notifier(fixture.db.options, silentLogger)
  const context = { db: fixture.db, notifier, log: silentLogger, leaseMs: 2000, retentionDays: 1 }
  const duty = tellHandlers({ db: fixture.db, queue: fixture.queue })
  for (let round = 0; round < 3; round += 1) {
    await duty.runOnce(context)
    const { rows } = await fixture.db.pool.query<{ id: string }>(
      `select id from job where workspace_id = $1 and options->>'handles' is not null`,
      [place.workspace],
    )
    for (const { id } of rows) await ended(place, id)
  }
}

test('a failure is told once, with what is known of it, in the name of who chose the handler', async () => {
  const { place, told, choose } = await setup()
  expect((await choose('error', { path: 'script/f/a/handler', extra_args: { channel: 'ops' } })).statusCode).toBe(200)
  await runTask(place, 'succeed')
  const id = await runTask(place, 'fail')
  await deliver(place)
  await deliver(place)
  expect(told).toEqual([
    {
      channel: 'ops',
      workspace_id: place.workspace,
      job_id: id,
      path: 'f/a/task',
      is_flow: false,
      email: place.email,
      started_at: expect.stringMatching(/^\d{4}-.*Z$/),
      error: { name: 'Error', message: 'no net' },
    },
  ])
  const { rows } = await fixture.db.pool.query(
    `select created_by, email, permissioned_as from job where workspace_id = $1 and script_path = 'f/a/handler'`,
    [place.workspace],
  )
  const { username, email } = place
  expect(rows).toEqual([{ created_by: username, email, permissioned_as: `u/${username}` }])
})

test('a handler that fails is told to nobody', async () => {
  const { place, told, choose } = await setup({ handlerEnds: fail })
  for (const event of ['error', 'success', 'recovery']) await choose(event)
  await runTask(place, 'fail')
  await deliver(place)
  expect(told).toHaveLength(1)
  await runTask(place, 'succeed')
  await deliver(place)
  expect(told).toHaveLength(3)
})

test('success and recovery have their own handlers; a recovery is told once', async () => {
  const { place, told, choose } = await setup()
  await choose('success', { success_handler: 'script/f/a/handler', success_handler_extra_args: { of: 'success' } })
  await choose('recovery', { path: 'script/f/a/handler', extra_args: { of: 'recovery' } })
  await runTask(place, 'fail')
  const failed = await runTask(place, 'fail')
  await deliver(place)
  expect(told).toEqual([])
  await runTask(place, 'succeed')
  await deliver(place)
  await runTask(place, 'succeed')
  await deliver(place)
  expect(told.map((args) => String(args['of'])).sort()).toEqual(['recovery', 'success', 'success'])
  expect(told.find((args) => args['of'] === 'recovery')).toMatchObject({
    error: { message: 'no net' },
    failed_job_id: failed,
    failed_times: 2,
    success_result: 'fine',
  })
})

test('a muted script is not told of, until it is again', async () => {
  const { place, told, choose, post } = await setup()
  await choose('error')
  expect((await post('/scripts/toggle_workspace_error_handler/p/f/a/task', { muted: true })).statusCode).toBe(200)
  await runTask(place, 'fail')
  await deliver(place)
  expect(told).toEqual([])
  await post('/scripts/toggle_workspace_error_handler/p/f/a/task', { muted: false })
  await runTask(place, 'fail')
  await deliver(place)
  expect(told).toHaveLength(1)
  const missing = await post('/scripts/toggle_workspace_error_handler/p/f/a/none', { muted: true })
  expect([missing.statusCode, missing.json().code]).toEqual([404, 'script.not_found'])
})

test('a flow is told of as a whole, not its steps, unless it is muted, and may be the handler itself', async () => {
  await fixture.workFlows({ break: () => Promise.reject(new Error('step broke')), tell: (args) => flowTold.push(args) })
  const flowTold: unknown[] = []
  const { place, post, choose } = await setup()
  const step = (content: string, inputs = {}) => ({
    modules: [{ id: 'a', value: { type: 'rawscript', language: 'bash', content, lock: '', input_transforms: inputs } }],
  })
  const given = (name: string) => ({ [name]: { type: 'javascript', expr: `flow_input.${name}` } })
  await post('/flows/create', { path: 'f/a/flow', value: step('break') })
  await post('/flows/create', { path: 'f/a/teller', value: step('tell', { ...given('path'), ...given('is_flow') }) })
  expect((await choose('error', { path: 'flow/f/a/teller' })).statusCode).toBe(200)
  await ended(place, (await post('/jobs/run/f/f/a/flow', {})).body)
  await deliver(place)
  expect(flowTold).toEqual([{ path: 'f/a/flow', is_flow: true }])
  await post('/flows/toggle_workspace_error_handler/f/a/flow', { muted: true })
  await ended(place, (await post('/jobs/run/f/f/a/flow', {})).body)
  await deliver(place)
  expect(flowTold).toHaveLength(1)
})

test('a job that is cancelled before a worker has it is told, unless that is muted', async () => {
  const { place, post, choose, told, deploy } = await setup()
  await deploy('f/a/waiting', { tag: 'nobody-serves-this' })
  const cancel = async () => {
    const id = (await post('/jobs/run/p/f/a/waiting', {})).body
    await post(`/jobs_u/queue/cancel/${id}`, { reason: 'no need' })
    await deliver(place)
  }
  await choose('error', { path: 'script/f/a/handler', muted_on_cancel: true })
  await cancel()
  expect(told).toEqual([])
  await choose('error', { error_handler: 'script/f/a/handler', error_handler_muted_on_cancel: false })
  await cancel()
  expect(told).toMatchObject([{ path: 'f/a/waiting', error: { name: 'Canceled' } }])
})

test('a handler of the instance is told of all workspaces', async () => {
  const { place } = await setup()
  const admin = await fixture.addMember('admins')
  const told: unknown[] = []
  await fixture.work(['admins-handler'], (job) => {
    told.push(JSON.parse(job.argsJson ?? '{}'))
    return fail
  })
  await postAs(admin, '/scripts/create', {
    path: 'f/h/all',
    content: 'x="$1"',
    language: 'bash',
    tag: 'admins-handler',
  })
  const set = (body: object) => fixture.call('/settings/handlers/error', { method: 'POST', token: SECRET, body })
  const refused = await set({ path: 'script/f/a/handler' })
  expect([refused.statusCode, refused.json().message]).toEqual([400, expect.stringContaining('workspace admins')])
  expect((await set({ path: 'script/f/h/all' })).statusCode).toBe(200)
  const unknown = await fixture.call('/settings/handlers/panic', { method: 'POST', token: SECRET, body: {} })
  expect([unknown.statusCode, unknown.json().code]).toEqual([400, 'request.invalid'])
  const shown = await fixture.call('/settings/handlers', { token: SECRET })
  expect(shown.json()).toEqual({
    error_handler: { path: 'script/f/h/all', muted_on_cancel: false, muted_on_user_path: false },
  })
  const id = await runTask(place, 'fail')
  await deliver(admin)
  await deliver(admin)
  await set({})
  expect(told).toMatchObject([{ workspace_id: place.workspace, job_id: id }])
  const member = await fixture.call('/settings/handlers', { token: place.token })
  expect(member.statusCode).toBe(403)
})

test('settings are shown as they were set, and taken back', async () => {
  const { choose, settings, place } = await setup()
  expect(await settings()).toEqual({ workspace_id: place.workspace, name: place.workspace })
  const setting = { path: 'script/f/a/handler', extra_args: { n: 1 }, muted_on_cancel: true, muted_on_user_path: true }
  await choose('error', { ...setting, muted_on_ui_runs: true })
  await choose('success')
  expect(await settings()).toMatchObject({
    error_handler: { ...setting, muted_on_ui_runs: true },
    success_handler: { path: 'script/f/a/handler', muted_on_cancel: false, muted_on_user_path: false },
  })
  await choose('error', {})
  await choose('success', { path: null })
  expect(await settings()).toEqual({ workspace_id: place.workspace, name: place.workspace })
})

test.each([
  ['without its kind', 'f/a/handler', 'script/<path>'],
  ['of the hub', 'hub/1/slack', 'script/<path>'],
  ['that is not there', 'script/f/a/none', 'deploy it there'],
  ['that is a flow', 'flow/f/a/handler', 'no flow f/a/handler'],
  ['that is archived', 'script/f/a/gone', 'deploy it there'],
  ['that starts again and again', 'script/f/a/endless', 'comes to an end'],
])('a handler %s is refused with a sentence', async (...[, path, sentence]) => {
  const { choose, deploy, post } = await setup({ work: false })
  await deploy('f/a/gone')
  await post('/scripts/archive/p/f/a/gone', {})
  await deploy('f/a/endless', { restart_unless_cancelled: true })
  const reply = await choose('error', { path })
  expect([reply.statusCode, reply.json().code]).toEqual([400, 'handler.invalid'])
  expect(reply.json().message).toContain(sentence)
})

test('handlers are chosen by administrators', async () => {
  const { place } = await setup({ work: false })
  const bob = await fixture.addMember(place.workspace, { isAdmin: false })
  const reply = await postAs(bob, '/workspaces/edit_error_handler', { path: 'script/f/a/handler' })
  expect([reply.statusCode, reply.json().code]).toEqual([403, 'auth.forbidden'])
})

test('a handler whose script is gone holds nobody up and says so', async () => {
  const { place, choose, settings, post, told } = await setup()
  await choose('error')
  await choose('recovery')
  await post('/scripts/archive/p/f/a/handler', {})
  const id = await runTask(place, 'fail')
  await deliver(place)
  expect(told).toEqual([])
  expect((await settings()).handler_faults).toEqual({
    error: { message: expect.stringContaining(id), at: expect.any(String) },
  })
  const { rows } = await fixture.db.pool.query('select from job_end where workspace_id = $1', [place.workspace])
  expect(rows).toHaveLength(0)
})

test('two keepers at once tell it once', async () => {
  const { place, told, choose } = await setup()
  await choose('error')
  await runTask(place, 'fail')
  await Promise.all([deliver(place), deliver(place), deliver(place)])
  expect(told).toHaveLength(1)
})
