import { afterAll, beforeAll, expect, test } from 'vitest'
import { SECRET, startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

test('the workspace admins is there from the start', async () => {
  const reply = await fixture.call('/workspaces/list_as_superadmin', { token: SECRET })
  expect(reply.json().map((each: { id: string }) => each.id)).toContain('admins')
})

test('whoever creates one is its administrator at once', async () => {
  const { token, username } = await fixture.makeWorkspace()
  const body = { id: 'fresh-one', name: 'Fresh' }
  const made = await fixture.call('/workspaces/create', { method: 'POST', token, body })
  expect([made.statusCode, made.body]).toEqual([201, 'fresh-one'])
  const who = await fixture.call('/w/fresh-one/users/whoami', { token })
  expect(who.json()).toMatchObject({ username, is_admin: true, is_super_admin: false, workspace_id: 'fresh-one' })
  expect((await fixture.call('/workspaces/exists', { method: 'POST', token, body: { id: 'fresh-one' } })).json()).toBe(
    true,
  )
  const again = await fixture.call('/workspaces/create', { method: 'POST', token, body })
  expect([again.statusCode, again.json().code]).toEqual([409, 'workspace.exists'])
})

test('lists show the caller’s own only', async () => {
  const { token, workspace, username, email } = await fixture.makeWorkspace()
  await fixture.makeWorkspace()
  expect((await fixture.call('/workspaces/list', { token })).json()).toMatchObject([{ id: workspace }])
  expect((await fixture.call('/workspaces/users', { token })).json()).toMatchObject({
    email,
    workspaces: [{ id: workspace, username, disabled: false }],
  })
})
