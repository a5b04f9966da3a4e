import { insertAccount } from '@millrace/db/tables/account'
import { loadJobTokenKey, signJobToken } from '@millrace/queue'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLoginLink, ensureAdmin } from '../login/bootstrap.ts'
import { hashPassword } from '../login/passwords.ts'
import { SECRET, startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

async function makeAccount(email: string, password: string): Promise<void> {
  const passwordHash = await hashPassword(password)
  await insertAccount(fixture.db.kysely, { email, passwordHash, username: 'someone', superAdmin: false })
}

function login(email: string, password: string) {
  return fixture.call('/auth/login', { method: 'POST', body: { email, password } })
}

describe('signing in', () => {
  test('replies the token as text and sets it as a cookie that scripts cannot read', async () => {
    await makeAccount('ann@example.org', 'correct horse')
    const reply = await login('Ann@Example.org', 'correct horse')
    expect(reply.statusCode).toBe(200)
    expect(reply.headers['content-type']).toContain('text/plain')
    const [cookie] = reply.cookies
    expect(cookie).toMatchObject({ name: 'token', value: reply.body, httpOnly: true, sameSite: 'Lax', path: '/' })
    const who = await fixture.call('/users/whoami', { headers: { cookie: `token=${reply.body}` } })
    expect(who.json()).toMatchObject({ email: 'ann@example.org', super_admin: false, login_type: 'password' })
  })

  test('a wrong password and an unknown account get the same reply', async () => {
    await makeAccount('bob@example.org', 'right')
    const replies = [await login('bob@example.org', 'wrong'), await login('nobody@example.org', 'wrong')]
    for (const reply of replies) {
      expect(reply.statusCode).toBe(401)
      expect(reply.json()).toMatchObject({ code: 'auth.bad_credentials' })
      expect(reply.cookies).toEqual([])
    }
    expect(replies[0]?.json().message).toBe(replies[1]?.json().message)
  })

  test('after ten failures the right password is refused too, and other accounts are not', async () => {
    await makeAccount('carl@example.org', 'right')
    await makeAccount('dora@example.org', 'right')
    for (let count = 0; count < 10; count += 1) expect((await login('carl@example.org', 'wrong')).statusCode).toBe(401)
    const refused = await login('carl@example.org', 'right')
    expect(refused.statusCode).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await login('dora@example.org', 'right')).statusCode).toBe(200)
  })

  test('signing out ends the token at once', async () => {
    await makeAccount('eve@example.org', 'right')
    const { body: token } = await login('eve@example.org', 'right')
    expect((await fixture.call('/users/whoami', { token })).statusCode).toBe(200)
    expect((await fixture.call('/auth/logout', { method: 'POST', token })).statusCode).toBe(200)
    expect((await fixture.call('/users/whoami', { token })).statusCode).toBe(401)
  })

  test('a link signs in once and leads to a path of this server only', async () => {
    await makeAccount('fay@example.org', 'right')
    for (const [rd, location] of [
      ['/runs?x=1', '/runs?x=1'],
      ['//evil.example', '/'],
      ['https://evil.example', '/'],
      ['/a/..//evil.example', '/'],
      ['/\\evil.example', '/'],
    ] as const) {
      const link = (await createLoginLink(fixture.db, 'fay@example.org')).replace('/api', '')
      const first = await fixture.call(`${link}?rd=${encodeURIComponent(rd)}`)
      expect([first.statusCode, first.headers.location]).toEqual([302, location])
      expect(first.cookies[0]?.name).toBe('token')
      const second = await fixture.call(link)
      expect([second.statusCode, second.json().code]).toEqual([401, 'auth.bad_link'])
    }
  })

  test('a sign-in link is no token', async () => {
    const link = await createLoginLink(fixture.db, 'ann@example.org')
    const token = link.split('/').at(-1) ?? ''
    expect((await fixture.call('/users/whoami', { token })).statusCode).toBe(401)
  })
})

describe('tokens', () => {
  test('a token may stand in the header with a space after it, in the cookie, or in the query', async () => {
    const { token } = await fixture.makeWorkspace()
    const replies = [
      await fixture.call('/users/whoami', { headers: { authorization: `Bearer ${token} ` } }),
      await fixture.call('/users/whoami', { headers: { cookie: `token=${token}` } }),
      await fixture.call(`/users/whoami?token=${token}`),
    ]
    expect(replies.map((reply) => reply.statusCode)).toEqual([200, 200, 200])
  })

  test('is shown once, listed by its prefix, and revoked by it', async () => {
    const { token, email } = await fixture.makeWorkspace()
    const made = await fixture.call('/users/tokens/create', { method: 'POST', token, body: { label: 'ci' } })
    expect([made.statusCode, made.headers['content-type']]).toEqual([201, 'text/plain; charset=utf-8'])
    const prefix = made.body.slice(0, 10)
    const listed = (await fixture.call('/users/tokens/list', { token })).json()
    expect(listed[0]).toMatchObject({ label: 'ci', token_prefix: prefix, email })
    expect(JSON.stringify(listed)).not.toContain(made.body)
    expect((await fixture.call('/users/whoami', { token: made.body })).statusCode).toBe(200)
    const path = `/users/tokens/delete/${prefix}`
    expect((await fixture.call(path, { method: 'DELETE', token })).statusCode).toBe(200)
    expect((await fixture.call('/users/whoami', { token: made.body })).statusCode).toBe(401)
    expect((await fixture.call(path, { method: 'DELETE', token })).statusCode).toBe(404)
  })

  test('one that has expired is refused', async () => {
    const { token } = await fixture.makeWorkspace()
    const body = { expiration: '2020-01-01T00:00:00Z' }
    const made = await fixture.call('/users/tokens/create', { method: 'POST', token, body })
    expect((await fixture.call('/users/whoami', { token: made.body })).statusCode).toBe(401)
  })

  test('one bound to a workspace is good for no other and makes none that is', async () => {
    const here = await fixture.makeWorkspace()
    const { token } = here
    const body = { workspace_id: here.workspace }
    const bound = (await fixture.call('/users/tokens/create', { method: 'POST', token, body })).body
    expect((await fixture.call(`${here.root}/users/whoami`, { token: bound })).statusCode).toBe(200)
    expect((await fixture.call('/w/admins/users/whoami', { token: bound })).statusCode).toBe(403)
    const wider = await fixture.call('/users/tokens/create', {
      method: 'POST',
      token: bound,
      body: { workspace_id: 'admins' },
    })
    expect(wider.statusCode).toBe(403)
    const again = await fixture.call('/users/tokens/create', { method: 'POST', token: bound, body: {} })
    expect((await fixture.call('/w/admins/users/whoami', { token: again.body })).statusCode).toBe(403)
  })

  test('one with scopes does only what they say', async () => {
    const { token, root } = await fixture.makeWorkspace()
    const body = { scopes: ['scripts:read', 'jobs:run:scripts:f/ops/*'] }
    const made = (await fixture.call('/users/tokens/create', { method: 'POST', token, body })).body
    const statusOf = async (path: string, method: 'GET' | 'POST' = 'GET') =>
      (await fixture.call(`${root}${path}`, { method, token: made })).statusCode
    expect(await statusOf('/scripts/list')).toBe(200)
    expect(await statusOf('/jobs/list')).toBe(403)
    expect(await statusOf('/jobs/run/p/f/ops/none', 'POST')).toBe(404)
    expect(await statusOf('/jobs/run/p/f/other/none', 'POST')).toBe(403)
    expect((await fixture.call('/users/tokens/create', { method: 'POST', token: made, body: {} })).statusCode).toBe(403)
  })

  test('the superadmin secret is at home in every workspace', async () => {
    const { root } = await fixture.makeWorkspace()
    const reply = await fixture.call(`${root}/users/whoami`, { token: SECRET })
    expect(reply.json()).toMatchObject({ is_super_admin: true, is_admin: true })
    expect((await fixture.call('/workspaces/list_as_superadmin', { token: SECRET })).statusCode).toBe(200)
  })

  test('the token of a job acts for its user in its workspace while it runs, and not a moment longer', async () => {
    const place = await fixture.makeWorkspace()
    const key = await loadJobTokenKey(fixture.db)
    const seen: number[] = []
    let jobToken = ''
    await fixture.work([place.workspace], async (job) => {
      jobToken = signJobToken(key, job.id)
      const who = await fixture.call(`${place.root}/users/whoami`, { token: jobToken })
      const elsewhere = await fixture.call('/w/admins/users/whoami', { token: jobToken })
      const lasting = await fixture.call('/users/tokens/create', { method: 'POST', token: jobToken, body: {} })
      seen.push(who.statusCode, elsewhere.statusCode, lasting.statusCode)
      return { status: 'success', resultJson: JSON.stringify(who.json().username) }
    })
    const reply = await fixture.call(`${place.root}/jobs/run_wait_result/preview`, {
      method: 'POST',
      token: place.token,
      body: { content: 'echo', language: 'bash', tag: place.workspace },
    })
    expect([reply.json(), seen]).toEqual([place.username, [200, 403, 403]])
    expect((await fixture.call(`${place.root}/users/whoami`, { token: jobToken })).statusCode).toBe(401)
  })
})

describe('requests that a browser sends with the cookie', () => {
  const change = { method: 'POST', body: { id: 'x' } } as const

  test('are refused when another site’s page makes a change', async () => {
    const { token, root } = await fixture.makeWorkspace()
    const cookie = `token=${token}`
    for (const headers of [
      { cookie, 'sec-fetch-site': 'cross-site' },
      { cookie, 'sec-fetch-site': 'same-site' },
      { cookie, origin: 'https://evil.example' },
      { cookie, origin: 'null' },
    ]) {
      const reply = await fixture.call('/workspaces/exists', { ...change, headers })
      expect([reply.statusCode, reply.json().code]).toEqual([403, 'auth.cross_site'])
    }
    const run = await fixture.call(`${root}/jobs/run_wait_result/p/u/a/b`, {
      headers: { cookie, 'sec-fetch-site': 'cross-site' },
    })
    expect(run.statusCode).toBe(403)
  })

  test('are served for pages of ours and for reading', async () => {
    const { token } = await fixture.makeWorkspace()
    const cookie = `token=${token}`
    for (const headers of [
      { cookie, 'sec-fetch-site': 'same-origin' },
      { cookie, origin: 'http://localhost:80', host: 'localhost:80' },
      { cookie },
    ])
      expect((await fixture.call('/workspaces/exists', { ...change, headers })).statusCode).toBe(200)
    const read = await fixture.call('/users/whoami', { headers: { cookie, 'sec-fetch-site': 'cross-site' } })
    expect(read.statusCode).toBe(200)
  })
})

describe('ensureAdmin', () => {
  test('makes the account once and shows the password it chose once', async () => {
    const first = await ensureAdmin(fixture.db, { email: 'Root@example.org' })
    const second = await ensureAdmin(fixture.db, { email: 'root@example.org' })
    expect([first.created, second]).toEqual([true, { created: false }])
    const reply = await login('root@example.org', first.password ?? '')
    expect(reply.statusCode).toBe(200)
    const who = await fixture.call('/w/admins/users/whoami', { token: reply.body })
    expect(who.json()).toMatchObject({ is_admin: true, is_super_admin: true, username: 'root' })
  })

  test('sets the password that is given', async () => {
    await ensureAdmin(fixture.db, { email: 'boss@example.org', password: 'first' })
    expect(await ensureAdmin(fixture.db, { email: 'boss@example.org', password: 'second' })).toEqual({ created: false })
    expect((await login('boss@example.org', 'second')).statusCode).toBe(200)
  })
})
