import { newId } from '@millrace/base/ids'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { SECRET, startApi, type ApiFixture, type Place } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())
afterEach(async () => {
  for (const key of ['custom_tags', 'default_tags_per_workspace', 'default_tags_workspaces']) await set(key, null)
})

async function set(key: string, value: unknown): Promise<void> {
  const reply = await fixture.call(`/settings/global/${key}`, { method: 'POST', token: SECRET, body: { value } })
  expect(reply.statusCode).toBe(200)
}

/** Enqueues a preview and returns its job's tag, or the problem's code. */
async function tagOf({ root, token }: Place, query = '', args: object = {}): Promise<string> {
  const body = { content: 'export function main() {}', language: 'bun', args }
  const made = await fixture.call(`${root}/jobs/run/preview${query}`, { method: 'POST', token, body })
  if (made.statusCode !== 201) return made.json().code
  return (await fixture.call(`${root}/jobs_u/get/${made.body}`, { token })).json().tag
}

test('settings are null until they are set, and again when they are set to null', async () => {
  const read = async () => (await fixture.call('/settings/global/custom_tags', { token: SECRET })).json()
  expect(await read()).toBeNull()
  await set('custom_tags', ['gpu', 'big(a+b)'])
  expect(await read()).toEqual(['gpu', 'big(a+b)'])
  await set('custom_tags', null)
  expect(await read()).toBeNull()
})

test.each([
  ['custom_tags', ['gpu(ws1,ws2)'], 'value.0'],
  ['custom_tags', ['a b'], 'value.0'],
  ['custom_tags', ['gpu()'], 'value.0'],
  ['custom_tags', 'gpu', 'value'],
  ['default_tags_per_workspace', 'yes', 'value'],
  ['default_tags_workspaces', [1], 'value.0'],
])('%s refuses %j by the name of the field', async (key, value, field) => {
  const reply = await fixture.call(`/settings/global/${key}`, { method: 'POST', token: SECRET, body: { value } })
  expect(reply.statusCode).toBe(400)
  expect(reply.json()).toMatchObject({ code: 'request.invalid', detail: { fields: [{ field }] } })
})

test('a setting that does not exist is refused, and all are for superadmins', async () => {
  const { token } = await fixture.makeWorkspace()
  expect((await fixture.call('/settings/global/no_such', { token: SECRET })).statusCode).toBe(400)
  expect((await fixture.call('/settings/global/custom_tags', { token })).statusCode).toBe(403)
})

test('what a tag takes of workspace and arguments is filled in when the job is enqueued', async () => {
  const place = await fixture.makeWorkspace()
  expect(await tagOf(place)).toBe('bun')
  expect(await tagOf(place, '?tag=gpu-$workspace-$args[size]', { size: 'xl' })).toBe(`gpu-${place.workspace}-xl`)
  expect(await tagOf(place, '?tag=gpu-$args[size]')).toBe('tag.unresolved')
})

test('a tag that is kept for other workspaces is refused', async () => {
  const [mine, other] = [await fixture.makeWorkspace(), await fixture.makeWorkspace()]
  await set('custom_tags', [`gpu(${mine.workspace})`, 'cpu'])
  expect(await tagOf(mine, '?tag=gpu')).toBe('gpu')
  expect(await tagOf(other, '?tag=gpu')).toBe('tag.restricted')
  expect(await tagOf(other, '?tag=cpu')).toBe('cpu')
})

test('custom tags are listed to those who may use them', async () => {
  const [mine, other] = [await fixture.makeWorkspace(), await fixture.makeWorkspace()]
  const only = `gpu(${mine.workspace})`
  await set('custom_tags', ['cpu', only, `big(^${mine.workspace})`])
  const list = async (path: string, token: string) => (await fixture.call(path, { token })).json()
  expect(await list(`${mine.root}/workers/custom_tags`, mine.token)).toEqual(['cpu', 'gpu'])
  expect(await list(`${other.root}/workers/custom_tags`, other.token)).toEqual(['cpu', 'big'])
  expect(await list('/workers/custom_tags?show_workspace_restriction=true', other.token)).toEqual(['cpu'])
  expect(await list('/workers/custom_tags?show_workspace_restriction=true', SECRET)).toEqual([
    'cpu',
    only,
    `big(^${mine.workspace})`,
  ])
})

test('default tags are the workspace’s own where that is switched on', async () => {
  const [mine, other] = [await fixture.makeWorkspace(), await fixture.makeWorkspace()]
  const isOn = async () => (await fixture.call('/workers/is_default_tags_per_workspace', { token: mine.token })).json()
  expect(await isOn()).toBe(false)
  await set('default_tags_per_workspace', true)
  await set('default_tags_workspaces', [mine.workspace])
  expect(await isOn()).toBe(true)
  expect([await tagOf(mine), await tagOf(other)]).toEqual([`bun-${mine.workspace}`, 'bun'])
  await set('default_tags_workspaces', null)
  expect(await tagOf(other)).toBe(`bun-${other.workspace}`)
  const defaults = (await fixture.call('/workers/get_default_tags', { token: mine.token })).json()
  expect(defaults).toEqual(expect.arrayContaining(['bun', 'noop']))
})

test('runs of a dedicated script are enqueued under the script’s own tag', async () => {
  const place = await fixture.makeWorkspace()
  const { root, token, workspace, username } = place
  const path = `u/${username}/kept`
  const body = { path, content: 'export function main() {}', language: 'bun', dedicated_worker: true, tag: 'ignored' }
  expect((await fixture.call(`${root}/scripts/create`, { method: 'POST', token, body })).statusCode).toBe(201)
  const made = await fixture.call(`${root}/jobs/run/p/${path}`, { method: 'POST', token, body: {} })
  const job = await fixture.call(`${root}/jobs_u/get/${made.body}`, { token })
  expect(job.json().tag).toBe(`${workspace}:${path}`)
})

test('it can be asked whether a live worker serves a tag', async () => {
  const tag = `t-${newId()}`
  const { token, workspace } = await fixture.makeWorkspace()
  await fixture.work([tag, `x-${workspace}`], () => ({ status: 'success', resultJson: 'null' }))
  const ask = async (query: string) =>
    (await fixture.call(`/workers/exists_workers_with_tags?${query}`, { token })).json()
  expect(await ask(`tags=${tag},none`)).toEqual({ [tag]: true, none: false })
  expect(await ask(`tags=x-$workspace&workspace=${workspace}`)).toEqual({ 'x-$workspace': true })
  expect(await ask('tags=x-$workspace')).toEqual({ 'x-$workspace': false })
})
