import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { SECRET, startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

function update(name: string, body: object, token = SECRET) {
  return fixture.call(`/configs/update/${name}`, { method: 'POST', token, body })
}

function group(): string {
  return `g${newId().slice(-12)}`
}

test('the group default is listed although nobody made it, and can be taken back to nothing', async () => {
  const list = async () => (await fixture.call('/configs/list_worker_groups', { token: SECRET })).json()
  expect(await list()).toContainEqual({ name: 'default', config: {} })
  expect((await update('worker__default', { slots: 3 })).statusCode).toBe(200)
  expect(await list()).toContainEqual({ name: 'default', config: { slots: 3 } })
  for (let time = 0; time < 2; time += 1) {
    const deleted = await fixture.call('/configs/update/worker__default', { method: 'DELETE', token: SECRET })
    expect(deleted.statusCode).toBe(200)
  }
  expect(await list()).toContainEqual({ name: 'default', config: {} })
})

test('a group is kept as it was sent, with keys that are not known', async () => {
  const name = group()
  const config = {
    worker_tags: ['gpu', 'ws:x'],
    slots: 10_000,
    env_vars_static: { A: 'ü\n' },
    env_vars_allowlist: ['HTTP_PROXY'],
    init_bash: 'apt-get install -y jq',
    dedicated_worker: 'ws:f/a/b',
    priority_tags: { gpu: 5 },
    native_mode: false,
    exit_after_jobs: 100,
    target_wait_ms: 500,
    autoscaling: { enabled: true, anything: [1] },
    periodic_script_bash: { its: ['own', null] },
  }
  expect((await update(`worker__${name}`, config)).statusCode).toBe(200)
  expect((await fixture.call(`/configs/get/worker__${name}`, { token: SECRET })).json()).toEqual(config)
  expect((await fixture.call('/configs/list', { token: SECRET })).json()).toContainEqual({
    name: `worker__${name}`,
    config,
  })
})

test.each([
  ['slots', { slots: 0 }],
  ['slots', { slots: 10_001 }],
  ['slots', { slots: '4' }],
  ['worker_tags.0', { worker_tags: ['a b'] }],
  ['worker_tags', { worker_tags: 'gpu' }],
  ['env_vars_static.A', { env_vars_static: { A: 1 } }],
  ['env_vars_static.A', { env_vars_static: { A: 'a\0' } }],
  ['env_vars_static.1A', { env_vars_static: { '1A': 'x' } }],
  ['env_vars_static.WM_TOKEN', { env_vars_static: { WM_TOKEN: 'x' } }],
  ['env_vars_allowlist.0', { env_vars_allowlist: ['a=b'] }],
  ['init_bash', { init_bash: ['x'] }],
  ['dedicated_worker', { dedicated_worker: 'f/a/b' }],
  ['priority_tags.gpu', { priority_tags: { gpu: 101 } }],
  ['native_mode', { native_mode: 'yes' }],
  ['exit_after_jobs', { exit_after_jobs: 0 }],
  ['target_wait_ms', { target_wait_ms: 1.5 }],
  ['autoscaling', { autoscaling: true }],
  ['autoscaling.min_workers', { autoscaling: { min_workers: -1 } }],
  ['autoscaling.max_workers', { autoscaling: { min_workers: 3, max_workers: 2 } }],
  ['autoscaling.target_wait_ms', { autoscaling: { target_wait_ms: '5 s' } }],
])('a group with a wrong %s is refused by the name of the field', async (field, body) => {
  const name = `worker__${group()}`
  const reply = await update(name, body)
  expect(reply.statusCode).toBe(400)
  expect(reply.json()).toMatchObject({ code: 'request.invalid', detail: { fields: [{ place: 'body', field }] } })
  expect((await fixture.call(`/configs/get/${name}`, { token: SECRET })).body).toBe('null')
})

test('the name of a variable that is wrong is answered with what names are made of', async () => {
  const reply = await update(`worker__${group()}`, { env_vars_static: { '1A': 'x' } })
  expect(reply.json().message).toContain('env_vars_static.1A: must be letters, digits and _')
})

test('what may hold secrets is for superadmins', async () => {
  const name = group()
  await update(`worker__${name}`, { slots: 2, worker_tags: ['x'], env_vars_static: { KEY: 's' }, init_bash: 'KEY=s' })
  const { token } = await fixture.makeWorkspace()
  const seen = (await fixture.call('/configs/list_worker_groups', { token })).json()
  expect(seen).toContainEqual({ name, config: { slots: 2, worker_tags: ['x'] } })
  for (const path of ['/configs/list', `/configs/get/worker__${name}`])
    expect((await fixture.call(path, { token })).statusCode).toBe(403)
  expect((await update(`worker__${name}`, {}, token)).statusCode).toBe(403)
})

test('a configuration that is not there cannot be deleted, one that is can, once', async () => {
  const path = `/configs/update/alert__${group()}`
  const drop = () => fixture.call(path, { method: 'DELETE', token: SECRET })
  expect([(await drop()).statusCode, (await drop()).json().code]).toEqual([404, 'config.not_found'])
  expect((await fixture.call(path, { method: 'POST', token: SECRET, body: { slots: 'free' } })).statusCode).toBe(200)
  expect((await drop()).statusCode).toBe(200)
  expect((await drop()).statusCode).toBe(404)
})

test('a worker is listed with what it takes and holds; what runs is for superadmins', async () => {
  const tag = `t-${newId()}`
  const { workspace, token, root } = await fixture.makeWorkspace()
  const over = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<string>()
  await fixture.work([tag], async (job) => {
    begun.resolve(job.id)
    await over.promise
    return { status: 'success', resultJson: 'null' }
  })
  onTestFinished(() => over.resolve())
  await fixture.call(`${root}/jobs/add_batch_jobs/1`, { method: 'POST', token, body: { kind: 'noop', tag } })
  const id = await begun.promise
  const find = async (as: string) =>
    (await fixture.call('/workers/list', { token: as }))
      .json()
      .find((worker: { custom_tags: string[] }) => worker.custom_tags.includes(tag))
  expect(await find(SECRET)).toMatchObject({
    worker_group: 'default',
    wm_version: 'test',
    slots: 4,
    occupancy_rate: 0.25,
    sandbox: expect.any(String),
    isolated: expect.any(Boolean),
    current_job_id: id,
    current_job_workspace_id: workspace,
  })
  const seen = await find(token)
  expect(seen.occupancy_rate).toBe(0.25)
  expect(seen).not.toHaveProperty('current_job_id')
  expect(seen.last_ping).toBeLessThan(2)
})
