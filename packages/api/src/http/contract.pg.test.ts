import { problems, type Route } from '@millrace/contracts'
import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ruleOf } from '../policy/actions.ts'
import { SECRET, startApi, type ApiFixture, type Place } from '../testing/api-fixture.ts'
import { methodsOf } from './contract-routes.ts'
import { problemsOf } from './openapi.ts'
import { allRoutes } from './register-routes.ts'

let fixture: ApiFixture
let ann: Place

beforeAll(async () => {
  fixture = await startApi()
  ann = await fixture.makeWorkspace()
})
afterAll(() => fixture.stop())

type Each = (typeof allRoutes)[number]

/** A path of the route that names nothing that exists. */
function fill(route: Route, workspace: string): string {
  return route.path
    .replace(':workspace', workspace)
    .replace(/:(id|job_id|conversation_id)(?=\/|$)/, newId())
    .replace(/:(version|resume_id)/, '1')
    .replace(':n', '1')
    .replace('*path', 'u/nobody/nothing')
    .replace(/[:*]\w+/g, '0123456789abcdef')
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const

const isPublic = ({ route }: Each) => route.auth === 'none' || route.auth === 'optional'
const isOfWorkspace = (each: Each) => each.route.path.startsWith('/w/:workspace/') && !isPublic(each)
const guarded = allRoutes.filter((each) => !isPublic(each))

test.each(allRoutes)('$name: the action it names fits who the contract lets in', (each) => {
  const { who } = ruleOf(each.may)
  expect(who === 'anyone').toBe(isPublic(each))
  expect(who === 'superadmin').toBe(each.route.auth === 'superadmin')
  expect(['member', 'developer', 'admin'].includes(who)).toBe(isOfWorkspace(each))
})

test.each(guarded)('$name: 401 without a token and with an unknown one', async ({ route }) => {
  for (const token of [undefined, 'no-such-token']) {
    const reply = await fixture.call(fill(route, ann.workspace), { method: route.method, ...(token && { token }) })
    expect(reply.statusCode).toBe(401)
    expect(reply.json()).toMatchObject({ code: 'auth.required', requestId: reply.headers['x-request-id'] })
  }
})

test.each(allRoutes.filter(isOfWorkspace))(
  '$name: 404 in a workspace of strangers, the same as in none',
  async ({ route }) => {
    const other = await fixture.makeWorkspace()
    for (const workspace of [other.workspace, 'no-such-workspace']) {
      const reply = await fixture.call(fill(route, workspace), { method: route.method, token: ann.token })
      expect(reply.statusCode).toBe(404)
      expect(reply.json().code).toBe('workspace.not_found')
    }
  },
)

test.each(allRoutes.filter(({ route }) => route.auth === 'superadmin'))(
  '$name: 403 for who is no superadmin',
  async ({ route }) => {
    const reply = await fixture.call(fill(route, ann.workspace), { method: route.method, token: ann.token })
    expect(reply.statusCode).toBe(403)
  },
)

test.each(guarded.filter(({ route, may }) => route.method !== 'GET' || ruleOf(may).changes))(
  '$name: 403 with a token that may only read',
  async ({ route }) => {
    const { token } = await readOnlyToken()
    const reply = await fixture.call(fill(route, ann.workspace), { method: route.method, token })
    expect(reply.statusCode).toBe(403)
  },
)

test.each(allRoutes.filter(({ route }) => route.path.includes('/:id')))(
  '$name: 400 for an id that is none',
  async ({ route }) => {
    const path = fill(route, ann.workspace).replace(/[0-9a-f-]{36}/, 'not-an-id')
    const reply = await fixture.call(path, { method: route.method, token: ann.token })
    expect(reply.statusCode).toBe(400)
    expect(reply.json()).toMatchObject({
      code: 'request.invalid',
      detail: { fields: [{ place: 'path', field: 'id' }] },
    })
  },
)

test.each(allRoutes.filter(({ route }) => route.body?.kind === 'json'))(
  '$name: 400 for a body that is no JSON, 415 for one of another type',
  async ({ route }) => {
    const call = { method: route.method, token: route.auth === 'superadmin' ? SECRET : ann.token }
    const path = fill(route, ann.workspace)
    const broken = await fixture.call(path, { ...call, body: '{"a":', headers: { 'content-type': 'application/json' } })
    expect([broken.statusCode, broken.json().code]).toEqual([400, 'request.malformed'])
    const stray = await fixture.call(path, { ...call, body: 'a=b', headers: { 'content-type': 'text/csv' } })
    expect([stray.statusCode, stray.json().code]).toEqual([415, 'request.unsupported_media_type'])
  },
)

test.each(allRoutes)('$name: a method that no route takes here is 405 with those that are', async ({ route }) => {
  const path = fill(route, ann.workspace)
  const taken = allRoutes.filter((other) => isSamePlace(other.route, route)).flatMap((other) => methodsOf(other.route))
  for (const method of METHODS.filter((each) => !taken.includes(each))) {
    const reply = await fixture.call(path, { method, token: ann.token })
    expect([method, reply.statusCode]).toEqual([method, 405])
    expect(String(reply.headers['allow']).split(', ')).toEqual(expect.arrayContaining([...methodsOf(route)]))
  }
})

test.each(allRoutes)('$name: a request that names nothing gets a status of the OpenAPI document', async (each) => {
  const { route } = each
  const { workspace, token } = await fixture.makeWorkspace()
  const call = { method: route.method, token, ...(route.body && { body: {} }) }
  const reply = await fixture.call(fill(route, workspace), call)
  const documented = new Set<number>([route.reply.status, ...problemsOf(each).map((code) => problems[code].status)])
  expect(documented).toContain(reply.statusCode)
  expect(reply.statusCode).toBeLessThan(500)
})

test('a path that no route has is 404 in JSON, also when a browser asks', async () => {
  const reply = await fixture.call('/nothing/here', { headers: { accept: 'text/html' } })
  expect(reply.statusCode).toBe(404)
  expect(reply.headers['content-type']).toContain('application/json')
  expect(reply.json().code).toBe('route.not_found')
})

test('broken percent signs and NUL in an address are 400', async () => {
  for (const path of [
    '/w/x/scripts/get/p/u/a/%zz',
    '/w/x%00y/scripts/list',
    `/w/${ann.workspace}/scripts/get/p/u/a/b%00`,
  ]) {
    const reply = await fixture.call(path, { token: ann.token })
    expect([path, reply.statusCode]).toEqual([path, 400])
  }
})

function isSamePlace(a: Route, b: Route): boolean {
  return fill(a, 'x').replace(/[0-9a-f-]{36}/, 'id') === fill(b, 'x').replace(/[0-9a-f-]{36}/, 'id')
}

async function readOnlyToken(): Promise<{ token: string }> {
  const reply = await fixture.call('/users/tokens/create', {
    method: 'POST',
    token: ann.token,
    body: { read_only: true },
  })
  expect(reply.statusCode).toBe(201)
  return { token: reply.body }
}
