import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApi, type ApiFixture, type Place } from '../testing/api-fixture.ts'

let fixture: ApiFixture
let ann: Place

beforeAll(async () => {
  fixture = await startApi()
})
beforeEach(async () => {
  ann = await fixture.makeWorkspace()
})
afterAll(() => fixture.stop())

async function post(path: string, body: object) {
  const reply = await fixture.call(`${ann.root}/${path}`, { method: 'POST', token: ann.token, body })
  expect([path, reply.statusCode]).toEqual([path, 201])
}

/** Files by name as `tar` reads them. */
async function download(query = '', as = ann): Promise<Readonly<Record<string, string>>> {
  const reply = await fixture.call(`${as.root}/workspaces/tarball${query}`, { token: as.token })
  expect([reply.statusCode, reply.headers['content-type']]).toEqual([200, 'application/x-tar'])
  const read = (...args: string[]) => spawnSync('tar', [...args], { input: reply.rawPayload, encoding: 'utf8' }).stdout
  const names = read('-tf', '-').split('\n').filter(Boolean)
  return Object.fromEntries(names.map((name) => [name, read('-xOf', '-', name)]))
}

const json = (files: Readonly<Record<string, string>>, name: string): unknown => JSON.parse(files[name] ?? 'null')

const value = { modules: [{ id: 'a', value: { type: 'rawscript', language: 'bash', content: 'x', lock: '' } }] }

test('each kind has its files; what was not set is not in them', async () => {
  const schema = { type: 'object', properties: {}, required: [] }
  await post('scripts/create', { path: 'f/a/one', language: 'bash', content: 'echo 1\n', schema, lock: '' })
  await post('flows/create', { path: 'f/a/flow', value, tag: 'heavy', ws_error_handler_muted: true, schema })
  await post('variables/create', { path: 'f/a/v', value: 'text', is_secret: false, description: 'said' })
  await post('variables/create', { path: 'f/a/ends', value: '', is_secret: false, expires_at: '2099-01-01T00:00:00Z' })
  await post('resources/create', { path: 'f/a/r', value: { port: 1 }, resource_type: 'box', labels: ['x'] })
  await post('resources/create', { path: 'f/a/kept', value: 1, resource_type: 'state' })
  await post('resources/type/create', { name: 'box', schema, description: 'boxes' })
  await post('workspace_dependencies/create', { language: 'python3', name: 'web', content: 'requests\n' })
  const files = await download('?include_workspace_dependencies=true')
  expect(Object.keys(files)).toEqual([
    'f/a/v.variable.json',
    'box.resource-type.json',
    'f/a/r.resource.json',
    'dependencies/web.requirements.in',
    'f/a/one.sh',
    'f/a/one.script.json',
    'f/a/flow.flow.json',
  ])
  expect(files['f/a/one.sh']).toBe('echo 1\n')
  expect(json(files, 'f/a/one.script.json')).toEqual({ summary: '', description: '', schema, lock: '', kind: 'script' })
  const said = { summary: '', description: '' }
  expect(json(files, 'f/a/flow.flow.json')).toEqual({
    ...said,
    value,
    schema,
    tag: 'heavy',
    ws_error_handler_muted: true,
  })
  const plain = { value: 'text', is_secret: false, description: 'said', is_oauth: false }
  expect(json(files, 'f/a/v.variable.json')).toEqual(plain)
  const resource = { value: { port: 1 }, description: '', resource_type: 'box', labels: ['x'] }
  expect(json(files, 'f/a/r.resource.json')).toEqual(resource)
  expect(json(files, 'box.resource-type.json')).toEqual({ schema, description: 'boxes' })
  const few = '?skip_variables=true&skip_resources=true&skip_resource_types=true'
  expect(Object.keys(await download(few))).toEqual(['f/a/one.sh', 'f/a/one.script.json', 'f/a/flow.flow.json'])
})

test('a secret is encrypted the same each time, plain when asked for, or left out', async () => {
  await post('variables/create', { path: 'f/a/s', value: 'hush', is_secret: true })
  const name = 'f/a/s.variable.json'
  const sealed = json(await download(), name) as { value: string }
  expect(sealed.value).not.toContain('hush')
  expect(json(await download(), name)).toEqual(sealed)
  await post('variables/create?already_encrypted=true', { path: 'f/a/t', value: sealed.value, is_secret: true })
  expect(json(await download('?plain_secret=true'), 'f/a/t.variable.json')).toMatchObject({ value: 'hush' })
  expect(await download('?skip_secrets=true')).toEqual({})
})

test('the ending of a script is its language, and .ts the one that is asked for', async () => {
  const content = 'export function main() {}'
  await post('scripts/create', { path: 'f/a/b', language: 'bun', content, lock: '' })
  await post('scripts/create', { path: 'f/a/d', language: 'deno', content, lock: '' })
  const names = async (query: string) => Object.keys(await download(query)).filter((name) => name.endsWith('.ts'))
  expect(await names('')).toEqual(['f/a/b.ts', 'f/a/d.deno.ts'])
  expect(await names('?default_ts=bun')).toEqual(['f/a/b.ts', 'f/a/d.deno.ts'])
  expect(await names('?default_ts=deno')).toEqual(['f/a/b.bun.ts', 'f/a/d.ts'])
})

test('a workspace of more items than are read at once is whole', async () => {
  await post('variables/create', { path: 'f/a/v', value: '', is_secret: false })
  await fixture.db.pool.query(
    `insert into variable (workspace_id, path, value, created_by, edited_by)
     select workspace_id, path || lpad(n::text, 3, '0'), value, created_by, edited_by
     from variable cross join generate_series(1, 204) as n where workspace_id = $1`,
    [ann.workspace],
  )
  const reply = await fixture.call(`${ann.root}/workspaces/tarball`, { token: ann.token })
  const names = spawnSync('tar', ['-tf', '-'], { input: reply.rawPayload, encoding: 'utf8' }).stdout.trim().split('\n')
  const numbers = Array.from({ length: 204 }, (_, nth) => String(nth + 1).padStart(3, '0'))
  expect(names).toEqual(['', ...numbers].map((number) => `f/a/v${number}.variable.json`))
})

test('settings are in it for administrators who ask, as they are taken', async () => {
  const handler = async (kind: string, body: object) => {
    const path = `${ann.root}/workspaces/edit_${kind}_handler`
    return await fixture.call(path, { method: 'POST', token: ann.token, body })
  }
  const settings = async (as = ann) => json(await download('?include_settings=true', as), 'settings.json')
  expect(await settings()).toEqual({ error_handler: null, success_handler: null, name: ann.workspace })
  await post('scripts/create', { path: 'f/a/h', language: 'bash', content: 'x', lock: '' })
  await handler('error', { path: 'script/f/a/h', extra_args: { n: 1 } })
  await handler('success', { path: 'script/f/a/h' })
  expect(await settings()).toEqual({
    error_handler: { path: 'script/f/a/h', extra_args: { n: 1 }, muted_on_cancel: false, muted_on_user_path: false },
    success_handler: { path: 'script/f/a/h' },
    name: ann.workspace,
  })
  expect(await settings(await fixture.addMember(ann.workspace, { isAdmin: false }))).toBeNull()
})

test('members get what they may see, and the key is for administrators', async () => {
  await post('variables/create', { path: `u/${ann.username}/own`, value: 'x', is_secret: true })
  await post('resources/create', { path: `u/${ann.username}/own`, resource_type: 'any' })
  await post('workspace_dependencies/create', { language: 'python3', content: 'requests\n' })
  const bob = await fixture.addMember(ann.workspace, { isAdmin: false })
  const all = '?include_key=true&include_workspace_dependencies=true'
  expect(Object.keys(await download(all))).toHaveLength(4)
  expect(await download(all, bob)).toEqual({})
})

test('a type of archive that is not known is refused in the words that clients look for', async () => {
  const reply = await fixture.call(`${ann.root}/workspaces/tarball?archive_type=rar`, { token: ann.token })
  expect([reply.statusCode, reply.body]).toEqual([400, expect.stringContaining('Invalid Archive Type')])
})
