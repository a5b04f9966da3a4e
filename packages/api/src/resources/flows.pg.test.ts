import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type ApiFixture, type Call, type Place } from '../testing/api-fixture.ts'

let fixture: ApiFixture
let ann: Place

beforeAll(async () => {
  fixture = await startApi()
})
beforeEach(async () => {
  ann = await fixture.makeWorkspace()
})
afterAll(() => fixture.stop())

const identity = (id: string) => ({ id, value: { type: 'identity' } })
const value = { modules: [identity('a')] }

async function call(path: string, body?: object, method: Call['method'] = body ? 'POST' : 'GET', as = ann) {
  return await fixture.call(`${as.root}/flows/${path}`, { method, token: as.token, ...(body && { body }) })
}

async function create(path: string, more: object = {}, as = ann) {
  const reply = await call('create', { path, summary: 'sums', value, ...more }, 'POST', as)
  expect([reply.statusCode, reply.body]).toEqual([201, path])
}

describe('deploying', () => {
  test('a flow is read as it was sent, unknown keys included', async () => {
    const document = {
      modules: [{ value: { type: 'script', path: 'f/x/y', zebra: 1, input_transforms: {} }, id: 'a', odd: [1] }],
      notes: [{ id: 'n' }],
      same_worker: true,
    }
    const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }
    await create('f/tools/sum', { value: document, schema, tag: 'heavy', timeout: 30, labels: ['nightly'] })
    const reply = await call('get/f/tools/sum')
    expect(reply.statusCode).toBe(200)
    const flow = reply.json()
    expect(flow).toMatchObject({
      workspace_id: ann.workspace,
      path: 'f/tools/sum',
      summary: 'sums',
      description: '',
      edited_by: ann.username,
      archived: false,
      extra_perms: {},
      tag: 'heavy',
      timeout: 30,
      labels: ['nightly'],
      schema,
    })
    expect(flow.value).toEqual(document)
    expect(flow).not.toHaveProperty('priority')
    const version = await call(`get/v/${flow.version_id}`)
    expect(version.json()).toEqual(flow)
  })

  test('a path that has a flow is refused, unless that is archived', async () => {
    await create('f/tools/sum')
    const again = await call('create', { path: 'f/tools/sum', value })
    expect([again.statusCode, again.json().code]).toEqual([409, 'flow.path_taken'])
    await call('archive/f/tools/sum', { archived: true })
    await create('f/tools/sum')
    expect((await call('history/p/f/tools/sum')).json()).toHaveLength(2)
    expect((await call('get/f/tools/sum')).json().archived).toBe(false)
  })

  test('an update makes a version; the one before stays as it was', async () => {
    await create('f/tools/sum', { deployment_message: 'first' })
    const first = (await call('get/f/tools/sum')).json()
    const next = { modules: [identity('a'), identity('b')] }
    const reply = await call('update/f/tools/sum', { value: next, deployment_message: 'second' })
    expect([reply.statusCode, reply.body]).toEqual([200, 'f/tools/sum'])
    const second = (await call('get/f/tools/sum')).json()
    expect(second.value).toEqual(next)
    expect((await call(`get/v/${first.version_id}`)).json().value).toEqual(value)
    const history = (await call('history/p/f/tools/sum')).json()
    expect(history).toMatchObject([
      { id: second.version_id, deployment_msg: 'second', created_by: ann.username },
      { id: first.version_id, deployment_msg: 'first' },
    ])
    expect((await call('get_latest_version/f/tools/sum')).json()).toEqual(history[0])
    await call(`history_update/v/${first.version_id}`, { deployment_msg: 'at first' })
    expect((await call('history/p/f/tools/sum?per_page=1&page=2')).json()).toMatchObject([
      { deployment_msg: 'at first' },
    ])
  })

  test('who edited another version than the newest one is told', async () => {
    await create('f/tools/sum')
    const { version_id: version } = (await call('get/f/tools/sum')).json()
    await call('update/f/tools/sum', { value, parent_version: version })
    const stale = await call('update/f/tools/sum', { value, parent_version: version })
    expect([stale.statusCode, stale.json().code]).toEqual([409, 'flow.stale_parent'])
  })

  test('an update with another path moves the flow and its versions', async () => {
    await create('f/tools/sum')
    await create('f/tools/taken')
    const taken = await call('update/f/tools/sum', { path: 'f/tools/taken', value })
    expect([taken.statusCode, taken.json().code]).toEqual([409, 'flow.path_taken'])
    const moved = await call('update/f/tools/sum', { path: 'f/tools/total', value })
    expect([moved.statusCode, moved.body]).toEqual([200, 'f/tools/total'])
    expect((await call('history/p/f/tools/total')).json()).toHaveLength(2)
    expect((await call('exists/f/tools/sum')).json()).toBe(false)
  })

  test('what two deploy at once become two versions', async () => {
    await create('f/tools/sum')
    const replies = await Promise.all([1, 2, 3].map(() => call('update/f/tools/sum', { value })))
    expect(replies.map((reply) => reply.statusCode)).toEqual([200, 200, 200])
    expect((await call('history/p/f/tools/sum')).json()).toHaveLength(4)
  })

  test.each([
    ['no value', { path: 'f/x/y' }],
    ['modules that are no list', { path: 'f/x/y', value: { modules: {} } }],
    ['a module without id', { path: 'f/x/y', value: { modules: [{ value: { type: 'identity' } }] } }],
    ['a path that is none', { path: 'x', value }],
  ])('%s is 400 with the field', async (_name, body) => {
    const reply = await call('create', body)
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'request.invalid'])
    expect(reply.json().detail.fields).toHaveLength(1)
  })

  test.each([
    ['an unknown type', { modules: [{ id: 'a', value: { type: 'teleport' } }] }, 'a', 'modules[0].value.type'],
    ['an id twice', { modules: [identity('a'), identity('a')] }, 'a', 'modules[1]'],
    ['a reserved id', { modules: [identity('failure')] }, 'failure', 'modules[0]'],
    [
      'a loop without iterator, inside a branch',
      {
        modules: [
          {
            id: 'a',
            value: {
              type: 'branchone',
              branches: [],
              default: [{ id: 'b', value: { type: 'forloopflow', modules: [], skip_failures: true } }],
            },
          },
        ],
      },
      'b',
      'modules[0].value.default[0].value.iterator',
    ],
    [
      'a branch that is missing',
      { modules: [{ id: 'a', value: { type: 'branchone', default: [] } }] },
      'a',
      'modules[0].value.branches',
    ],
    [
      'a failure module of another kind',
      { modules: [], failure_module: { id: 'failure', value: { type: 'branchall', branches: [] } } },
      'failure',
      'failure_module',
    ],
  ])('%s is refused with module and place', async (_name, document, module, path) => {
    const reply = await call('create', { path: 'f/x/y', value: document })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'flow.invalid'])
    const { detail, message } = reply.json()
    expect(detail.faults).toMatchObject([{ code: 'flow.document', module, path }])
    expect(message).toContain(`module "${module}" at ${path}`)
    expect((await call('exists/f/x/y')).json()).toBe(false)
  })

  test('an expression that is no JavaScript is refused with its place, whatever else is wrong', async () => {
    const document = {
      modules: [
        { ...identity('a'), stop_after_if: { expr: 'result. > 1' } },
        { id: 'b', value: { type: 'rawscript', language: 'klingon', content: '', input_transforms: {} } },
      ],
    }
    const reply = await call('create', { path: 'f/x/y', value: document })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'flow.invalid'])
    expect(reply.json().detail.faults).toMatchObject([
      { code: 'flow.language', module: 'b', path: 'modules[1].value.language' },
      { code: 'flow.expression', module: 'a', path: 'modules[0].stop_after_if.expr' },
    ])
  })

  test('a flow that would come to call itself is refused', async () => {
    const calling = (path: string) => ({ modules: [{ id: 'a', value: { type: 'flow', path, input_transforms: {} } }] })
    await create('f/x/one')
    await create('f/x/two', { value: calling('f/x/one') })
    await create('f/x/three', { value: calling('f/x/two') })
    const cycle = await call('update/f/x/one', { value: calling('f/x/three') })
    expect([cycle.statusCode, cycle.json().code]).toEqual([400, 'flow.invalid'])
    expect(cycle.json().detail.faults).toMatchObject([
      { code: 'flow.cycle', module: 'a', path: 'modules[0].value.path' },
    ])
    const itself = await call('create', { path: 'f/x/self', value: calling('f/x/self') })
    expect(itself.json().message).toContain('is the flow itself')
    expect((await call('update/f/x/one', { value: calling('f/x/nowhere') })).statusCode).toBe(200)
  })

  test('a NUL character in a document is refused with a sentence', async () => {
    const reply = await call('create', { path: 'f/x/y', value: { modules: [{ ...identity('a'), note: 'a\0b' }] } })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'flow.invalid'])
  })
})

describe('the lists', () => {
  test('tell heads without documents, newest first, by filters and pages', async () => {
    await create('f/a/one', { description: 'long', deployment_message: 'why', labels: ['x'], dedicated_worker: true })
    await create('f/a/two', {
      value: { ...value, chat_input_enabled: true },
      schema: { type: 'object', properties: { user_message: { type: 'string' } } },
    })
    await create('f/b/three')
    await call('update/f/a/one', {
      value,
      summary: 'newer',
      description: 'long',
      deployment_message: 'why',
      labels: ['x'],
      dedicated_worker: true,
    })
    const paths = async (query: string) =>
      (await call(`list?${query}`)).json().map((flow: { path: string }) => flow.path.slice(4))
    expect(await paths('')).toEqual(['one', 'three', 'two'])
    expect(await paths('order_desc=false')).toEqual(['two', 'three', 'one'])
    expect(await paths('path_start=f/a/')).toEqual(['one', 'two'])
    expect(await paths('path_exact=f/a/two')).toEqual(['two'])
    expect(await paths(`created_by=${ann.username}`)).toHaveLength(3)
    expect(await paths('created_by=nobody')).toEqual([])
    expect(await paths('label=x')).toEqual(['one'])
    expect(await paths('dedicated_worker=true')).toEqual(['one'])
    expect(await paths('dedicated_worker=false')).toEqual(['three', 'two'])
    expect(await paths('per_page=1&page=2')).toEqual(['three'])
    expect(await paths('per_page=1&page=0')).toEqual(['one'])
    expect(await paths('starred_only=true')).toEqual([])
    const [one] = (await call('list?path_exact=f/a/one&with_deployment_msg=true')).json()
    expect(one).toMatchObject({ summary: 'newer', description: 'long', deployment_msg: 'why' })
    expect(one).not.toHaveProperty('value')
    const [bare] = (await call('list?path_exact=f/a/one&without_description=true')).json()
    expect([bare.description, bare.deployment_msg]).toEqual([undefined, undefined])
    expect((await call('list?path_exact=f/a/two')).json()).toMatchObject([{ chat_input_enabled: true }])
    expect((await call('list_paths')).json()).toEqual(['f/a/one', 'f/a/two', 'f/b/three'])
    expect((await call('list_search')).json()).toContainEqual({ path: 'f/b/three', value })
  })

  test('archived flows are in a list of their own, can be read, and come back', async () => {
    await create('f/a/one')
    await call('archive/f/a/one', { archived: true })
    expect((await call('list')).json()).toEqual([])
    expect((await call('list_paths')).json()).toEqual([])
    expect((await call('list?show_archived=true')).json()).toMatchObject([{ path: 'f/a/one', archived: true }])
    expect((await call('get/f/a/one')).json().archived).toBe(true)
    await call('archive/f/a/one', { archived: false })
    expect((await call('list_paths')).json()).toEqual(['f/a/one'])
  })

  test('a script or flow is found in the flows that have it as a step, however deep', async () => {
    const inner = { id: 'b', value: { type: 'script', path: 'f/x/deep', input_transforms: {} } }
    const loop = {
      type: 'forloopflow',
      iterator: { type: 'static', value: [] },
      skip_failures: false,
      modules: [inner],
    }
    await create('f/a/one', { value: { modules: [{ id: 'a', value: loop }] } })
    await create('f/a/two', {
      value: { modules: [{ id: 'a', value: { type: 'flow', path: 'f/a/one', input_transforms: {} } }] },
    })
    const users = async (what: string) => (await call(`list_paths_from_workspace_runnable/${what}`)).json()
    expect(await users('script/f/x/deep')).toEqual(['f/a/one'])
    expect(await users('script/f/x')).toEqual([])
    expect(await users('script/f/x?match_path_start=true')).toEqual(['f/a/one'])
    expect(await users('flow/f/a/one')).toEqual(['f/a/two'])
  })
})

describe('rights', () => {
  test('operators read and do not write; nobody writes below another user', async () => {
    await create('f/a/one')
    const operator = await fixture.addMember(ann.workspace, { isAdmin: false, operator: true })
    expect((await call('get/f/a/one', undefined, 'GET', operator)).statusCode).toBe(200)
    const refused = await call('update/f/a/one', { value }, 'POST', operator)
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'auth.forbidden'])
    const bob = await fixture.addMember(ann.workspace, { isAdmin: false })
    await create(`u/${ann.username}/mine`)
    const writes = [
      call('create', { path: `u/${ann.username}/other`, value }, 'POST', bob),
      call(`update/u/${ann.username}/mine`, { value }, 'POST', bob),
      call('update/f/a/one', { value, path: `u/${ann.username}/x` }, 'POST', bob),
      call(`archive/u/${ann.username}/mine`, {}, 'POST', bob),
      call(`delete/u/${ann.username}/mine`, undefined, 'DELETE', bob),
      call(`toggle_workspace_error_handler/u/${ann.username}/mine`, { muted: true }, 'POST', bob),
    ]
    expect((await Promise.all(writes)).map((reply) => reply.statusCode)).toEqual([403, 403, 403, 403, 403, 403])
  })

  test('versions of another workspace are not there', async () => {
    await create('f/a/one')
    const { version_id: version } = (await call('get/f/a/one')).json()
    const other = await fixture.makeWorkspace()
    const reply = await call(`get/v/${version}`, undefined, 'GET', other)
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'flow.not_found'])
  })
})

test('a deleted flow is gone with its versions', async () => {
  await create('f/a/one')
  const { version_id: version } = (await call('get/f/a/one')).json()
  expect((await call('delete/f/a/one', undefined, 'DELETE')).statusCode).toBe(200)
  for (const path of ['get/f/a/one', `get/v/${version}`, 'history/p/f/a/one', 'deployment_status/p/f/a/one'])
    expect([path, (await call(path)).json().code]).toEqual([path, 'flow.not_found'])
  expect((await call('delete/f/a/one', undefined, 'DELETE')).statusCode).toBe(200)
})

test('failures are muted and told again', async () => {
  await create('f/a/one')
  await call('toggle_workspace_error_handler/f/a/one', { muted: true })
  expect((await call('get/f/a/one')).json().ws_error_handler_muted).toBe(true)
  await call('toggle_workspace_error_handler/f/a/one', { muted: false })
  expect((await call('get/f/a/one')).json().ws_error_handler_muted).toBe(false)
})
