import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type ApiFixture, type Place } from '../testing/api-fixture.ts'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

async function setup(member?: { isAdmin?: boolean; operator?: boolean }) {
  const place = await fixture.makeWorkspace(member)
  const get = (path: string) => fixture.call(`${place.root}${path}`, { token: place.token })
  const post = (path: string, body?: object) =>
    fixture.call(`${place.root}${path}`, { method: 'POST', token: place.token, ...(body !== undefined && { body }) })
  const deploy = (more: object = {}) =>
    post('/scripts/create', { path: 'f/x/hello', content: 'name="$1"\n', language: 'bash', ...more })
  return { place, get, post, deploy }
}

describe('deploying', () => {
  test('replies 201 and the hash as text, and infers the schema', async () => {
    const { get, deploy } = await setup()
    const made = await deploy({ content: 'export async function main(name: string, n = 3) {}', language: 'bun' })
    expect([made.statusCode, made.headers['content-type']]).toEqual([201, 'text/plain; charset=utf-8'])
    expect(made.body).toMatch(/^[0-9a-f]{16}$/)
    const script = (await get('/scripts/get/p/f/x/hello')).json()
    expect(script).toMatchObject({ hash: made.body, language: 'bun', archived: false, kind: 'script', lock: '' })
    expect(script.schema).toMatchObject({ required: ['name'], properties: { n: { default: 3 } }, order: ['name', 'n'] })
  })

  test('a taken path needs its newest version as the parent', async () => {
    const { get, deploy } = await setup()
    const first = (await deploy()).body
    const taken = await deploy({ summary: 'two' })
    expect([taken.statusCode, taken.json().code]).toEqual([409, 'script.path_taken'])
    const second = await deploy({ summary: 'two', parent_hash: first })
    expect(second.statusCode).toBe(201)
    const stale = await deploy({ summary: 'three', parent_hash: first })
    expect([stale.statusCode, stale.json().code]).toEqual([409, 'script.stale_parent'])
    const third = await deploy({ summary: 'three', auto_parent: true })
    expect(third.statusCode).toBe(201)
    expect((await get('/scripts/get/p/f/x/hello')).json().parent_hashes).toEqual([second.body, first])
    expect((await get(`/scripts/get/h/${first}`)).json()).toMatchObject({ archived: true, summary: '' })
    const history = (await get('/scripts/history/p/f/x/hello')).json()
    expect(history.map((each: { script_hash: string }) => each.script_hash)).toEqual([third.body, second.body, first])
  })

  test('of many deployments at once on one parent exactly one wins', async () => {
    const { deploy } = await setup()
    const first = (await deploy()).body
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, index) => deploy({ summary: `v${index}`, parent_hash: first })),
    )
    expect(all.filter((reply) => reply.statusCode === 201)).toHaveLength(1)
    expect(all.filter((reply) => reply.statusCode === 409)).toHaveLength(5)
  })

  test('skip_if_noop replies the hash that is there', async () => {
    const { place, deploy } = await setup()
    const first = (await deploy()).body
    const body = { path: 'f/x/hello', content: 'name="$1"\n', language: 'bash', parent_hash: first }
    const again = await fixture.call(`${place.root}/scripts/create?skip_if_noop=true`, {
      method: 'POST',
      token: place.token,
      body,
    })
    expect([again.statusCode, again.body]).toEqual([201, first])
  })

  test('a parent at another path moves the script', async () => {
    const { get, deploy } = await setup()
    const first = (await deploy()).body
    expect((await deploy({ path: 'f/x/moved', parent_hash: first })).statusCode).toBe(201)
    expect((await get('/scripts/exists/p/f/x/hello')).json()).toBe(false)
    expect((await get('/scripts/exists/p/f/x/moved')).json()).toBe(true)
  })

  test('an archived path is free again', async () => {
    const { get, post, deploy } = await setup()
    const first = (await deploy()).body
    expect((await post('/scripts/archive/p/f/x/hello')).statusCode).toBe(200)
    expect((await get('/scripts/exists/p/f/x/hello')).json()).toBe(false)
    const again = await deploy()
    expect(again.statusCode).toBe(201)
    expect(again.body).not.toBe(first)
  })

  test('an unknown language and a source that cannot be parsed are refused, with the line', async () => {
    const { deploy } = await setup()
    const unknown = await deploy({ language: 'cobol' })
    expect([unknown.statusCode, unknown.json().code]).toEqual([400, 'script.unknown_language'])
    const broken = await deploy({ language: 'python3', content: 'x = 1\ndef main(:\n' })
    expect([broken.statusCode, broken.json().code]).toEqual([400, 'script.invalid'])
    expect(broken.json().detail.line).toBe(2)
    const drafted = await deploy({ language: 'python3', content: 'x = 1\ndef main(:\n', schema: { type: 'object' } })
    expect(drafted.statusCode).toBe(201)
  })

  test('volumes that no run could have are refused, with what to write', async () => {
    const { deploy } = await setup()
    const deployed = async (content: string, language = 'python3') => {
      const reply = await deploy({ language, content, path: `f/x/volume_${language}` })
      return [reply.statusCode, reply.statusCode === 400 ? reply.json().code : undefined, reply.body]
    }
    expect(await deployed('# volume: cache /etc\ndef main(): pass')).toEqual([
      400,
      'script.invalid',
      expect.stringContaining('its folder has to be below /volumes'),
    ])
    expect(await deployed('# volume: a/b /volumes/a\ndef main(): pass')).toEqual([
      400,
      'script.invalid',
      expect.stringContaining('a name has letters'),
    ])
    expect(await deployed('-- volume: of sales\nSELECT 1', 'postgresql')).toMatchObject({ 0: 201 })
    expect(await deployed('# volume: cache /volumes/cache\ndef main(): pass')).toMatchObject({ 0: 201 })
  })

  test.each(['hello', 'u/x', 'x/y/z', 'u/a/b c', 'u/../b', '/u/a/b'])('the path %j is refused', async (path) => {
    const { deploy } = await setup()
    const reply = await deploy({ path })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'request.invalid'])
  })

  test('members write below their own name and in folders only; operators nowhere', async () => {
    const { place, deploy } = await setup({ isAdmin: false })
    expect((await deploy({ path: `u/${place.username}/mine` })).statusCode).toBe(201)
    expect((await deploy({ path: 'u/another/theirs' })).statusCode).toBe(403)
    const operator = await setup({ isAdmin: false, operator: true })
    expect((await operator.deploy()).statusCode).toBe(403)
  })

  test('what people added to the form by hand survives a new version without a schema', async () => {
    const { get, deploy } = await setup()
    const content = 'export function main(name: string) {}'
    const first = await deploy({ language: 'bun', content })
    const { schema } = (await get('/scripts/get/p/f/x/hello')).json()
    schema.properties.name.description = 'Whom to greet'
    const second = await deploy({ language: 'bun', content, schema, parent_hash: first.body })
    await deploy({ language: 'bun', content: `${content}\n//`, parent_hash: second.body })
    expect((await get('/scripts/get/p/f/x/hello')).json().schema.properties.name.description).toBe('Whom to greet')
  })
})

describe('reading', () => {
  test('raw content comes by path and hash, with or without an extension', async () => {
    const { get, deploy } = await setup()
    const hash = (await deploy()).body
    for (const path of ['p/f/x/hello', 'p/f/x/hello.sh', `h/${hash}`, `h/${hash}.ts`]) {
      const reply = await get(`/scripts/raw/${path}`)
      expect([reply.statusCode, reply.body]).toEqual([200, 'name="$1"\n'])
      expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8')
    }
  })

  test('a script of another workspace is not there', async () => {
    const hash = (await (await setup()).deploy()).body
    const { get } = await setup()
    expect((await get(`/scripts/get/h/${hash}`)).statusCode).toBe(404)
    expect((await get('/scripts/get/p/f/x/hello')).statusCode).toBe(404)
  })

  test('the list is newest first, pages from 0 or 1, and is narrowed by its filters', async () => {
    const { get, post, deploy } = await setup()
    for (const name of ['a', 'b', 'c']) await deploy({ path: `f/x/${name}` })
    await deploy({ path: 'u/me/d_', language: 'python3', content: 'def main(): pass' })
    await post('/scripts/archive/p/f/x/a')
    const paths = async (query: string) =>
      (await get(`/scripts/list?${query}`)).json().map((each: { path: string }) => each.path)
    expect(await paths('')).toEqual(['u/me/d_', 'f/x/c', 'f/x/b'])
    expect(await paths('per_page=2&page=0')).toEqual(['u/me/d_', 'f/x/c'])
    expect(await paths('per_page=2&page=1')).toEqual(['u/me/d_', 'f/x/c'])
    expect(await paths('per_page=2&page=2')).toEqual(['f/x/b'])
    expect(await paths('order_desc=false&path_start=f/')).toEqual(['f/x/b', 'f/x/c'])
    expect(await paths('path_start=u/me/d_')).toEqual(['u/me/d_'])
    expect(await paths('languages=python3')).toEqual(['u/me/d_'])
    expect(await paths('show_archived=true')).toEqual(['f/x/a'])
    expect((await get('/scripts/list_paths')).json()).toEqual(['f/x/b', 'f/x/c', 'u/me/d_'])
    expect((await get('/scripts/list')).json()[0]).not.toHaveProperty('content')
  })
})

describe('the signature of a source', () => {
  const ask = async (place: Place, body: object) =>
    (await fixture.call('/scripts/signature', { method: 'POST', token: place.token, body })).json()

  test('is told without deploying it, and a syntax error is part of the answer', async () => {
    const { place } = await setup()
    const good = await ask(place, { language: 'python3', content: 'def main(x: int, y: str = "a"): ...' })
    expect(good).toMatchObject({ schema: { required: ['x'] }, auto_kind: null, has_preprocessor: false })
    const bad = await ask(place, { language: 'python3', content: 'def main(' })
    expect(bad.error.message).toEqual(expect.any(String))
  })

  test('keeps what people added to the fields of the schema before', async () => {
    const { place } = await setup()
    const previous = { properties: { x: { type: 'integer', title: 'How many', default: 3 }, gone: { type: 'string' } } }
    const { schema } = await ask(place, { language: 'python3', content: 'def main(x: int): ...', previous })
    expect(schema.properties).toEqual({ x: { type: 'integer', title: 'How many' } })
  })
})
