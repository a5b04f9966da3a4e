import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

async function setup(member?: { isAdmin?: boolean; operator?: boolean }) {
  const place = await fixture.makeWorkspace(member)
  return { place, ...callsOf(place) }
}

function callsOf({ root, token }: { root: string; token: string }) {
  const send = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object | string) => {
    const isText = typeof body === 'string'
    const sent = isText
      ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      : body && { body }
    return fixture.call(`${root}${path}`, { method, token, ...sent })
  }
  return {
    get: (path: string) => send('GET', path),
    post: (path: string, body?: object | string) => send('POST', path, body),
    remove: (path: string, body?: object) => send('DELETE', path, body),
  }
}

const plain = { path: 'f/x/plain', value: 'open', is_secret: false, description: 'said' }
const secret = { path: 'f/x/secret', value: 'hunter22', is_secret: true, description: '' }

describe('variables', () => {
  test('are made, read, changed, listed and deleted; lists do not show secrets', async () => {
    const { get, post, remove } = await setup()
    const made = await post('/variables/create', plain)
    expect([made.statusCode, made.headers['content-type']]).toEqual([201, 'text/plain; charset=utf-8'])
    await post('/variables/create', secret)
    expect((await get('/variables/get_value/f/x/secret')).json()).toBe('hunter22')
    const list = (await get('/variables/list')).json()
    expect(list).toMatchObject([
      { path: 'f/x/plain', value: 'open' },
      { path: 'f/x/secret', is_secret: true },
    ])
    expect(list[1]).not.toHaveProperty('value')
    expect((await get('/variables/list?value=HUNTER')).json()).toEqual([])
    expect((await get('/variables/list?broad_filter=SAID')).json()).toHaveLength(1)
    expect((await post('/variables/update/f/x/secret', { value: 'other', path: 'f/x/moved' })).body).toBe('f/x/moved')
    expect((await get('/variables/get/f/x/moved')).json()).toMatchObject({ value: 'other', is_secret: true })
    expect((await get('/variables/exists/f/x/secret')).json()).toBe(false)
    expect((await remove('/variables/delete/f/x/plain')).statusCode).toBe(200)
    const gone = (await remove('/variables/delete_bulk', { paths: ['f/x/plain', 'f/x/moved'] })).json()
    expect(gone).toEqual(['f/x/moved'])
  })

  test('an encrypted value is the same at each reading, goes back in, and to a workspace with the same key', async () => {
    const [one, two] = [await setup(), await setup()]
    await one.post('/variables/create', secret)
    const read = async () =>
      (await one.get('/variables/get/f/x/secret?decrypt_secret=false&include_encrypted=true')).json().value as string
    const value = await read()
    expect(await read()).toBe(value)
    expect(Buffer.from(value, 'base64').length % 16).toBe(0)
    expect((await one.post('/variables/encrypt', 'hunter22')).body).toBe(value)
    const again = { ...secret, path: 'f/x/again', value }
    const refused = await two.post('/variables/create?already_encrypted=true', again)
    expect([refused.statusCode, refused.json().code]).toEqual([400, 'variable.not_decryptable'])
    const { key } = (await one.get('/workspaces/encryption_key')).json()
    await two.post('/workspaces/encryption_key', { new_key: key })
    expect((await two.post('/variables/create?already_encrypted=true', again)).statusCode).toBe(201)
    expect((await two.get('/variables/get_value/f/x/again')).json()).toBe('hunter22')
  })

  test('a new key seals secrets anew, and without that they cannot be read until they are written', async () => {
    const { get, post } = await setup()
    await post('/variables/create', secret)
    await post('/workspaces/encryption_key', { new_key: 'k'.repeat(64) })
    expect((await get('/workspaces/encryption_key')).json()).toEqual({ key: 'k'.repeat(64) })
    expect((await get('/variables/get_value/f/x/secret')).json()).toBe('hunter22')
    await post('/workspaces/encryption_key', { new_key: 'm'.repeat(64), skip_reencrypt: true })
    const unread = await get('/variables/get_value/f/x/secret')
    expect([unread.statusCode, unread.json().code]).toEqual([409, 'variable.unreadable'])
    await post('/variables/update/f/x/secret', { value: 'new' })
    expect((await get('/variables/get_value/f/x/secret')).json()).toBe('new')
  })

  test('a secret does not become plain without a new value', async () => {
    const { post, get } = await setup()
    await post('/variables/create', secret)
    const refused = await post('/variables/update/f/x/secret', { is_secret: false })
    expect([refused.statusCode, refused.json().code]).toEqual([400, 'variable.value_required'])
    await post('/variables/update/f/x/secret', { is_secret: false, value: 'open' })
    expect((await get('/variables/list')).json()).toMatchObject([{ value: 'open', is_secret: false }])
  })

  test('what is below the name of another is not to be seen, and administrators see it', async () => {
    const admin = await setup()
    const bob = await fixture.addMember(admin.place.workspace, { isAdmin: false })
    const eve = await fixture.addMember(admin.place.workspace, { isAdmin: false })
    const [asBob, asEve] = [callsOf(bob), callsOf(eve)]
    const mine = { ...secret, path: `u/${bob.username}/pw` }
    expect((await asBob.post('/variables/create', mine)).statusCode).toBe(201)
    for (const reply of [
      await asEve.get(`/variables/get/${mine.path}`),
      await asEve.get(`/variables/get_value/${mine.path}`),
      await asEve.get(`/variables/exists/${mine.path}`),
      await asEve.post(`/variables/update/${mine.path}`, { value: 'x' }),
      await asEve.remove(`/variables/delete/${mine.path}`),
      await asEve.remove('/variables/delete_bulk', { paths: [mine.path] }),
      await asEve.post('/variables/create', mine),
      await asEve.get('/workspaces/encryption_key'),
    ])
      expect([reply.statusCode, reply.json().code]).toEqual([403, 'auth.forbidden'])
    expect((await asEve.get('/variables/list')).json()).toEqual([])
    expect((await asBob.get('/variables/list')).json()).toHaveLength(1)
    expect((await admin.get(`/variables/get_value/${mine.path}`)).json()).toBe('hunter22')
  })

  test.each([
    [{ ...plain, path: 'x/y/z' }, 400, 'request.invalid'],
    [{ ...plain, path: 'f/x' }, 400, 'request.invalid'],
    [{ ...plain, value: 'a\0b' }, 400, 'request.invalid'],
    [{ path: 'f/x/y' }, 400, 'request.invalid'],
    [plain, 409, 'variable.path_taken'],
  ])('%j is refused', async (body, status, code) => {
    const { post } = await setup()
    await post('/variables/create', plain)
    const reply = await post('/variables/create', body)
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
  })
})

describe('resources', () => {
  const value = { host: 'h', password: '$var:f/x/secret', more: ['$res:f/x/other'] }
  const database = { path: 'f/x/db', value, resource_type: 'postgresql', description: 'ours' }

  test('are made, read, changed, listed and deleted, with references resolved where that is asked for', async () => {
    const { get, post, remove } = await setup()
    await post('/variables/create', secret)
    expect((await post('/resources/create', database)).statusCode).toBe(201)
    await post('/resources/create', { path: 'f/x/other', value: 7, resource_type: 'any' })
    expect((await get('/resources/get_value/f/x/db')).json()).toEqual(value)
    const whole = { host: 'h', password: 'hunter22', more: [7] }
    expect((await get('/resources/get_value_interpolated/f/x/db')).json()).toEqual(whole)
    expect((await get('/resources/list?resource_type=postgresql,mysql')).json()).toHaveLength(1)
    expect((await get('/resources/list?resource_type_exclude=postgresql')).json()).toMatchObject([
      { path: 'f/x/other' },
    ])
    const filter = Buffer.from('{"host":"h"}').toString('base64')
    expect((await get(`/resources/list?value=${encodeURIComponent(filter)}`)).json()).toHaveLength(1)
    expect((await get('/resources/list_names/postgresql')).json()).toEqual([{ name: 'db', path: 'f/x/db' }])
    expect((await get('/resources/list_search')).json()[0].value).toContain('"host": "h"')
    await post('/resources/update_value/f/x/other', { value: { n: 8 } })
    expect((await get('/resources/get/f/x/other')).json()).toMatchObject({ value: { n: 8 }, resource_type: 'any' })
    expect((await post('/resources/create?update_if_exists=true', { ...database, value: 1 })).statusCode).toBe(201)
    expect((await post('/resources/update/f/x/db', { path: 'f/x/moved' })).body).toBe('f/x/moved')
    expect((await get('/resources/exists/f/x/db')).json()).toBe(false)
    expect((await remove('/resources/delete/f/x/moved')).statusCode).toBe(200)
  })

  test('a reference that cannot be resolved is told with its place', async () => {
    const { get, post } = await setup()
    await post('/resources/create', database)
    const reply = await get('/resources/get_value_interpolated/f/x/db')
    expect([reply.statusCode, reply.json().code]).toEqual([422, 'resource.unresolved'])
    expect(reply.json().message).toContain('f/x/db.password → $var:f/x/secret: there is no variable f/x/secret')
    const missing = await get('/resources/get_value_interpolated/f/x/none')
    expect([missing.statusCode, missing.json().code]).toEqual([404, 'resource.not_found'])
  })

  test('a reference does not lead to what the caller may not see', async () => {
    const admin = await setup()
    const eve = callsOf(await fixture.addMember(admin.place.workspace, { isAdmin: false }))
    await admin.post('/variables/create', { ...secret, path: `u/${admin.place.username}/pw` })
    await eve.post('/resources/create', { ...database, value: `$var:u/${admin.place.username}/pw` })
    const reply = await eve.get('/resources/get_value_interpolated/f/x/db')
    expect([reply.statusCode, reply.json().code]).toEqual([422, 'resource.unresolved'])
    expect((await admin.get('/resources/get_value_interpolated/f/x/db')).json()).toBe('hunter22')
  })
})

describe('resource types', () => {
  test('those of everybody are seen, and changed only where they are kept; an own one hides its namesake', async () => {
    const { get, post, remove } = await setup()
    const names = (await get('/resources/type/listnames')).json()
    expect(names).toEqual(expect.arrayContaining(['postgresql', 'mysql', 's3', 'slack', 'openai', 'smtp']))
    const refused = await post('/resources/type/update/postgresql', { description: 'mine' })
    expect([refused.statusCode, refused.json().code]).toEqual([404, 'resource_type.not_found'])
    const own = { name: 'postgresql', schema: { type: 'object' }, description: 'mine' }
    expect((await post('/resources/type/create', own)).statusCode).toBe(201)
    expect((await post('/resources/type/create', own)).json().code).toBe('resource_type.name_taken')
    expect((await get('/resources/type/get/postgresql')).json()).toMatchObject({ description: 'mine' })
    expect((await get('/resources/type/listnames')).json()).toEqual(names)
    await remove('/resources/type/delete/postgresql')
    expect((await get('/resources/type/get/postgresql')).json()).toMatchObject({ workspace_id: 'admins' })
    await post('/resources/type/create', { name: 'c_notes', format_extension: 'md' })
    expect((await get('/resources/file_resource_type_to_file_ext_map')).json()).toEqual({
      c_notes: { format_extension: 'md', is_fileset: false },
    })
  })
})

describe('jobs', () => {
  test('progress only goes on, and is told to who follows', async () => {
    const { place, post, get } = await setup()
    const id = (await post('/jobs/run/preview', { content: 'x', language: 'bash' })).body
    expect((await get(`/job_metrics/get_progress/${id}`)).json()).toBeNull()
    for (const percent of [10, 60, 30]) await post(`/job_metrics/set_progress/${id}`, { percent })
    expect((await get(`/job_metrics/get_progress/${id}`)).json()).toBe(60)
    expect((await get(`/jobs_u/getupdate/${id}?get_progress=true`)).json()).toMatchObject({ progress: 60 })
    expect((await get(`/users/username_to_email/${place.username}`)).body).toBe(place.email)
  })
})
