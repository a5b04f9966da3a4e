import { newId } from '@millrace/base/ids'
import type { ClaimedJob, Outcome, RunContext } from '@millrace/queue'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await startApi({ WAIT_RESULT_TIMEOUT_S: '1' })
})
afterAll(() => fixture.stop())

type Run = (job: ClaimedJob, context: RunContext) => Outcome | Promise<Outcome>
const echo: Run = (job) => ({ status: 'success', resultJson: job.argsJson ?? 'null' })

/** A workspace with a script whose tag no other test has, and a worker for it when `run` is given. */
async function setup(run?: Run) {
  const place = await fixture.makeWorkspace()
  const { root, token, workspace } = place
  const get = (path: string) => fixture.call(`${root}${path}`, { token })
  const post = (path: string, body?: object | string, headers?: Record<string, string>) =>
    fixture.call(`${root}${path}`, {
      method: 'POST',
      token,
      ...(body !== undefined && { body }),
      ...(headers && { headers }),
    })
  const script = { path: 'f/x/hello', content: 'name="$1"\n', language: 'bash', tag: workspace }
  const hash = (await post('/scripts/create', script)).body
  if (run) await fixture.work([workspace], run)
  return { place, get, post, hash, tag: workspace }
}

function returning(value: unknown, more: Partial<Outcome> = {}): Run {
  return () => ({ status: 'success', resultJson: JSON.stringify(value), ...more })
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const TEXT = { 'content-type': 'text/plain' }
const JSON_TYPE = { 'content-type': 'application/json' }

describe('arguments', () => {
  test.each([
    ['an object', '', '{"a":1,"b":null}', JSON_TYPE, { a: 1, b: null }],
    ['nothing', '', '', {}, {}],
    ['JSON that is no object', '', '[1,2]', JSON_TYPE, { body: [1, 2] }],
    ['a form', '', 'a=1&b=x+y&b=z', FORM, { a: '1', b: ['x y', 'z'] }],
    ['text', '', 'hello', TEXT, { body: 'hello' }],
    ['a wrapped body', '?wrap_body=true', '{"a":1}', JSON_TYPE, { body: { a: 1 } }],
    ['a raw body', '?raw=true', '{"a":1}', JSON_TYPE, { a: 1, raw_string: '{"a":1}' }],
    [
      'headers',
      '?include_header=X-Some-Thing,missing',
      '{}',
      { ...JSON_TYPE, 'x-some-thing': 'v' },
      { x_some_thing: 'v' },
    ],
    ['query keys', '?include_query=q,missing&q=v', '{}', JSON_TYPE, { q: 'v' }],
    ['a payload', `?payload=${encodeURIComponent(btoa('{"a":"ü"}'.replace('ü', '\\u00fc')))}`, '', {}, { a: 'ü' }],
    [
      'keys that objects have',
      '',
      '{"__proto__":{"x":1},"constructor":2}',
      JSON_TYPE,
      JSON.parse('{"__proto__":{"x":1},"constructor":2}'),
    ],
  ])('come from %s', async (...[, query, body, headers, expected]) => {
    const { get, post } = await setup()
    const made = await post(`/jobs/run/p/f/x/hello${query}`, body, headers)
    expect([made.statusCode, made.headers['content-type']]).toEqual([201, 'text/plain; charset=utf-8'])
    expect((await get(`/jobs_u/get_args/${made.body}`)).body).toBe(JSON.stringify(expected))
  })

  test.each([
    ['broken JSON', '{"a"', JSON_TYPE, 400],
    ['JSON nested too deep', '['.repeat(5000) + ']'.repeat(5000), JSON_TYPE, 400],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), JSON_TYPE, 400],
    ['files', '--x--', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['binary data', 'x', { 'content-type': 'application/octet-stream' }, 415],
  ])('%s is refused', async (_, body, headers, status) => {
    const { post } = await setup()
    expect((await post('/jobs/run/p/f/x/hello', body, headers)).statusCode).toBe(status)
  })

  test('a body over the limit is 413', async () => {
    const { post } = await setup()
    const reply = await post('/jobs/run/p/f/x/hello', `"${'x'.repeat(11_000_000)}"`, JSON_TYPE)
    expect([reply.statusCode, reply.json().code]).toEqual([413, 'request.too_large'])
  })
})

describe('running', () => {
  test('a job carries its script, its runner and its settings', async () => {
    const { place, get, post, hash, tag } = await setup()
    const id = newId()
    await post(`/jobs/run/h/${hash}?job_id=${id.toUpperCase()}&scheduled_in_secs=3600&timeout=7`, {})
    const job = (await get(`/jobs_u/get/${id}`)).json()
    expect(job).toMatchObject({
      type: 'QueuedJob', id, script_hash: hash, script_path: 'f/x/hello', tag, language: 'bash', job_kind: 'script',
      created_by: place.username, permissioned_as: `u/${place.username}`, email: place.email, running: false, canceled: false,
    }) // prettier-ignore
    expect(Date.parse(job.scheduled_for)).toBeGreaterThan(Date.now() + 3_500_000)
  })

  test('an id is used once: for the same call again it is the same job, for another one it is refused', async () => {
    const { post } = await setup()
    const id = newId()
    const path = `/jobs/run/p/f/x/hello?job_id=${id}`
    expect((await post(path, { a: 1 })).body).toBe(id)
    const again = await post(path, { a: 1 })
    expect([again.statusCode, again.body]).toEqual([201, id])
    const other = await post(path, { a: 2 })
    expect([other.statusCode, other.json().code]).toEqual([400, 'job.exists'])
  })

  test('an archived script does not run by path and does by hash', async () => {
    const { post, hash } = await setup()
    await post('/scripts/archive/p/f/x/hello')
    expect((await post('/jobs/run/p/f/x/hello')).statusCode).toBe(404)
    expect((await post(`/jobs/run/h/${hash}`)).statusCode).toBe(201)
  })

  test('children know their root; a parent must be a job of the workspace', async () => {
    const { get, post } = await setup()
    const root = (await post('/jobs/run/p/f/x/hello')).body
    const child = (await post(`/jobs/run/p/f/x/hello?parent_job=${root}`)).body
    const grandchild = (await post(`/jobs/run/p/f/x/hello?parent_job=${child}`)).body
    expect((await get(`/jobs_u/get_root_job_id/${grandchild}`)).json()).toBe(root)
    expect((await post(`/jobs/run/p/f/x/hello?parent_job=${newId()}`)).statusCode).toBe(404)
  })

  test('a preview needs code in a known language', async () => {
    const { get, post } = await setup()
    const id = (await post('/jobs/run/preview', { content: 'echo 1', language: 'bash', args: { a: 1 } })).body
    expect((await get(`/jobs_u/get/${id}`)).json()).toMatchObject({
      job_kind: 'preview',
      raw_code: 'echo 1',
      tag: 'bash',
      args: { a: 1 },
    })
    expect((await get(`/jobs_u/get/${id}?no_code=true`)).json()).not.toHaveProperty('raw_code')
    expect((await post('/jobs/run/preview', { content: 'echo 1', language: 'cobol' })).json().code).toBe(
      'script.unknown_language',
    )
    expect((await post('/jobs/run/preview', { content: 'echo 1' })).statusCode).toBe(400)
    expect((await post('/jobs/run/preview', { path: 'f/x/none' })).statusCode).toBe(404)
  })

  test('operators run what is deployed and no code of their own', async () => {
    const { place } = await setup()
    const operator = await fixture.addMember(place.workspace, { isAdmin: false, operator: true })
    const call = (path: string, body: object) =>
      fixture.call(`${place.root}${path}`, { method: 'POST', token: operator.token, body })
    expect((await call('/jobs/run/p/f/x/hello', {})).statusCode).toBe(201)
    expect((await call('/jobs/run/preview', { content: 'echo', language: 'bash' })).statusCode).toBe(403)
  })

  test('a batch enqueues n equal jobs', async () => {
    const { get, post, tag } = await setup()
    const ids = (await post('/jobs/add_batch_jobs/25', { kind: 'noop', tag })).json()
    expect(new Set(ids).size).toBe(25)
    expect((await get('/jobs/queue/count')).json().database_length).toBe(25)
    expect((await get(`/jobs/queue/count?tags=other,${tag}`)).json().database_length).toBe(25)
    expect((await get('/jobs/queue/count?tags=other')).json().database_length).toBe(0)
    expect((await post('/jobs/add_batch_jobs/0', { kind: 'noop' })).statusCode).toBe(400)
    expect((await post('/jobs/add_batch_jobs/1', { kind: 'script', path: 'f/x/none' })).statusCode).toBe(404)
  })
})

describe('waiting for the result', () => {
  test('replies it as JSON', async () => {
    const { post } = await setup(echo)
    const reply = await post('/jobs/run_wait_result/p/f/x/hello', { name: 'Ä' })
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    expect(reply.json()).toEqual({ name: 'Ä' })
  })

  test('works by GET with a payload, and HEAD runs nothing', async () => {
    const { place, get } = await setup(echo)
    expect((await get(`/jobs/run_wait_result/p/f/x/hello?payload=${btoa('{"a":1}')}`)).json()).toEqual({ a: 1 })
    const head = await fixture.call(`${place.root}/jobs/run_wait_result/p/f/x/hello`, {
      method: 'HEAD',
      token: place.token,
    })
    expect(head.statusCode).toBe(405)
    expect((await get('/jobs/completed/count')).json().database_length).toBe(1)
  })

  test('a failed job is 500 with its error, or 200 when that is asked for', async () => {
    const result = { error: { name: 'Error', message: 'no' } }
    const { post } = await setup(returning(result, { status: 'failure' }))
    const failed = await post('/jobs/run_wait_result/p/f/x/hello', {})
    expect([failed.statusCode, failed.json()]).toEqual([500, result])
    const asked = await post('/jobs/run_wait_result/p/f/x/hello?always_200=true', {})
    expect([asked.statusCode, asked.json()]).toEqual([200, result])
  })

  test('a result may set status, type, headers and body, but not the headers that are ours', async () => {
    const { post } = await setup(
      returning({
        windmill_status_code: 418,
        windmill_content_type: 'text/html',
        windmill_headers: {
          'X-Tea': 'green',
          'Set-Cookie': 'token=x',
          'Content-Security-Policy': '',
          'bad name': 'x',
          split: 'a\r\nb: c',
        },
        result: '<h1>tea</h1>',
      }),
    )
    const reply = await post('/jobs/run_wait_result/p/f/x/hello', {})
    expect([reply.statusCode, reply.headers['content-type'], reply.body]).toEqual([418, 'text/html', '<h1>tea</h1>'])
    expect(reply.headers).toMatchObject({ 'x-tea': 'green' })
    expect(reply.headers['content-security-policy']).toContain('sandbox')
    for (const name of ['set-cookie', 'bad name', 'split', 'b']) expect(reply.headers).not.toHaveProperty(name)
  })

  test('a job that takes longer is 504 with its id, and goes on', async () => {
    const { post, get } = await setup()
    const reply = await post('/jobs/run_wait_result/p/f/x/hello', {})
    const { code, detail } = reply.json()
    expect([reply.statusCode, code]).toEqual([504, 'job.wait_timed_out'])
    expect(reply.headers.location).toContain(detail.job_id)
    expect((await get(`/jobs_u/completed/get_result_maybe/${detail.job_id}`)).json()).toEqual({
      completed: false,
      result: null,
      started: false,
      success: false,
    })
  })

  test('queue_limit refuses when more jobs wait', async () => {
    const { post } = await setup()
    await post('/jobs/run/p/f/x/hello')
    await post('/jobs/run/p/f/x/hello')
    const full = await post('/jobs/run_wait_result/p/f/x/hello?queue_limit=1', {})
    expect([full.statusCode, full.json().code]).toEqual([429, 'queue.full'])
    expect(full.headers['retry-after']).toBe('5')
    expect((await post('/jobs/run_wait_result/p/f/x/hello?queue_limit=2', {})).statusCode).toBe(504)
  })
})

describe('reading a job', () => {
  test('a finished one has result, log, times and worker; big numbers keep their digits', async () => {
    const { get, post } = await setup((_job, { log }) => {
      log.write('one\n😀two\n')
      return { status: 'success', resultJson: '{"n":12345678901234567890}', memoryPeakBytes: 2048, cpuMs: 3 }
    })
    await post('/jobs/run_wait_result/p/f/x/hello', {})
    const [{ id }] = (await get('/jobs/completed/list')).json()
    const job = (await get(`/jobs_u/completed/get/${id}`)).json()
    expect(job).toMatchObject({
      type: 'CompletedJob',
      success: true,
      canceled: false,
      mem_peak: 2,
      cpu_ms: 3,
      logs: 'one\n😀two\n',
    })
    expect(Date.parse(job.completed_at)).toBeGreaterThanOrEqual(Date.parse(job.started_at))
    expect((await get(`/jobs_u/completed/get_result/${id}`)).body).toBe('{"n":12345678901234567890}')
    expect((await get(`/jobs_u/completed/get_result_maybe/${id}`)).body).toBe(
      '{"completed":true,"success":true,"started":true,"result":{"n":12345678901234567890}}',
    )
    const logs = await get(`/jobs_u/get_logs/${id}`)
    expect([logs.headers['content-type'], logs.body]).toEqual(['text/plain; charset=utf-8', 'one\n😀two\n'])
    expect((await get(`/jobs_u/completed/get_timing/${id}`)).json()).toHaveProperty('duration_ms')
    expect((await get(`/jobs_u/getupdate/${id}?log_offset=6`)).json()).toMatchObject({
      completed: true,
      new_logs: 'two\n',
      log_offset: 10,
    })
  })

  test('one that has not ended is 404 where an ended one is asked for', async () => {
    const { get, post } = await setup()
    const id = (await post('/jobs/run/p/f/x/hello')).body
    expect((await get(`/jobs_u/completed/get/${id}`)).statusCode).toBe(404)
    expect((await get(`/jobs_u/completed/get_result/${id}`)).statusCode).toBe(404)
  })

  test('a job of another workspace is not there for anything', async () => {
    const theirs = await setup()
    const id = (await theirs.post('/jobs/run/p/f/x/hello')).body
    const { get, post } = await setup()
    for (const path of [
      'get',
      'get_args',
      'get_logs',
      'get_root_job_id',
      'getupdate',
      'completed/get_result_maybe',
      'completed/get_timing',
    ])
      expect([path, (await get(`/jobs_u/${path}/${id}`)).statusCode]).toEqual([path, 404])
    expect((await post(`/jobs_u/queue/cancel/${id}`, {})).statusCode).toBe(404)
    expect((await get(`/jobs_u/getupdate_sse/${id}`)).body).toBe('data: {"type":"not_found"}\n\n')
    expect((await get('/jobs/list')).json()).toEqual([])
  })

  test('following a job tells its log piece by piece and ends with its result', async () => {
    const gate = Promise.withResolvers<void>()
    const { get, post } = await setup(async (_job, { log }) => {
      log.write('first\n')
      await gate.promise
      log.write('second\n')
      return { status: 'success', resultJson: '42' }
    })
    const id = (await post('/jobs/run/p/f/x/hello')).body
    const stream = get(`/jobs_u/getupdate_sse/${id}?fast=true`)
    for (let logs = ''; logs === '';)
      logs = (await get(`/jobs_u/getupdate/${id}?running=true&log_offset=0`)).json().new_logs ?? ''
    gate.resolve()
    const reply = await stream
    expect(reply.headers['content-type']).toContain('text/event-stream')
    const events = reply.body
      .split('\n\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line.replace(/^data: /, '')))
    expect(events.map((event) => event.new_logs ?? '').join('')).toBe('first\nsecond\n')
    expect(events[0].job).toMatchObject({ id })
    expect(events.at(-1)).toMatchObject({
      type: 'update',
      completed: true,
      only_result: 42,
      job: { type: 'CompletedJob' },
    })
    expect(events.filter((event) => event.completed)).toHaveLength(1)
  })
})

describe('ending a job', () => {
  test('one that waits is cancelled at once, and only once', async () => {
    const { place, get, post } = await setup()
    const id = (await post('/jobs/run/p/f/x/hello')).body
    const reply = await post(`/jobs_u/queue/cancel/${id}`, { reason: 'enough' })
    expect([reply.statusCode, reply.body]).toEqual([200, id])
    expect((await get(`/jobs_u/completed/get/${id}`)).json()).toMatchObject({
      canceled: true, canceled_by: place.username, canceled_reason: 'enough', success: false, result: { error: { name: 'Canceled' } },
    }) // prettier-ignore
    const again = await post(`/jobs_u/queue/cancel/${id}`)
    expect([again.statusCode, again.json().code]).toEqual([400, 'job.not_pending'])
  })

  test('one that runs is asked, or ended by force', async () => {
    const started: (() => void)[] = []
    const bothRun = new Promise<void>((resolve) => started.push(() => started.length === 3 && resolve()))
    const { get, post } = await setup(async (_job, { signal }) => {
      started.push(() => undefined)
      started[0]?.()
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return { status: 'failure', resultJson: null }
    })
    const asked = (await post('/jobs/run/p/f/x/hello')).body
    const forced = (await post('/jobs/run/p/f/x/hello')).body
    await bothRun
    expect((await post(`/jobs_u/queue/force_cancel/${forced}`, {})).statusCode).toBe(200)
    expect((await get(`/jobs_u/completed/get/${forced}`)).json().canceled).toBe(true)
    const expectation = fixture.queue.expect(asked)
    expect((await post(`/jobs_u/queue/cancel/${asked}`)).statusCode).toBe(200)
    expect(await expectation.ended(10_000)).toBe(true)
    expectation.close()
    expect((await get(`/jobs_u/completed/get/${asked}`)).json().canceled).toBe(true)
  })
})

describe('lists', () => {
  test('unfinished jobs come before finished ones over the pages, newest first, without payloads', async () => {
    const { get, post, tag } = await setup()
    const done: string[] = []
    for (let count = 0; count < 3; count += 1) {
      const id: string = (await post('/jobs/run/p/f/x/hello', { secret: 'payload' })).body
      await post(`/jobs_u/queue/cancel/${id}`)
      done.unshift(id)
    }
    const waiting = [...(await post('/jobs/add_batch_jobs/3', { kind: 'noop', tag })).json()].reverse()
    const ids = async (path: string) => (await get(path)).json().map((job: { id: string }) => job.id)
    expect(await ids('/jobs/list')).toEqual([...waiting, ...done])
    const pages = await Promise.all([1, 2, 3, 4].map((page) => ids(`/jobs/list?per_page=2&page=${page}`)))
    expect(pages).toEqual([waiting.slice(0, 2), [waiting[2], done[0]], done.slice(1), []])
    expect(await ids('/jobs/queue/list?per_page=100000')).toEqual(waiting)
    expect(await ids('/jobs/completed/list?order_desc=false')).toEqual([...done].reverse())
    expect((await get('/jobs/list')).body).not.toContain('payload')
  })

  test('filters narrow them', async () => {
    const { place, get, post, tag } = await setup(echo)
    await post('/jobs/run_wait_result/p/f/x/hello', { n: 1, deep: { a: [1, 2] } })
    await post('/jobs/run_wait_result/preview', { content: 'x', language: 'bash', tag, args: { n: 2 } })
    const canceled = (await post('/jobs/run/p/f/x/hello?tag=nobody-has-this')).body
    await post(`/jobs_u/queue/cancel/${canceled}`)
    await post('/jobs/run/p/f/x/hello?tag=nobody-has-this&scheduled_in_secs=500')
    const count = async (query: string) => (await get(`/jobs/list?${query}`)).json().length
    const soon = encodeURIComponent(new Date(Date.now() + 60_000).toISOString())
    const expected = {
      '': 4, 'job_kinds=preview': 1, 'job_kinds=!preview': 3, 'job_kinds=preview,script': 4, 'success=true': 2, 'success=false': 1,
      'status=canceled': 1, 'running=false': 1, 'running=true': 0, 'tag=!nobody-has-this': 2, [`created_by=${place.username}`]: 4,
      'created_by=!someone': 4, 'script_path_start=f/x': 3, 'script_path_start=!f/x': 1, 'script_path_exact=f/x/hello,f/x/other': 3,
      [`created_before=${soon}`]: 4, [`created_after=${soon}`]: 0, [`completed_before=${soon}`]: 3, [`started_before=${soon}`]: 2,
      'scheduled_for_before_now=false': 1, 'has_null_parent=true': 4, 'is_flow_step=true': 0, 'is_skipped=false': 3,
      [`args=${encodeURIComponent('{"deep":{"a":[2]}}')}`]: 1, [`result=${encodeURIComponent('{"n":2}')}`]: 1, 'trigger_kind=webhook': 4,
      [`parent_job=${newId()}`]: 0, 'worker=!nobody': 4,
    } // prettier-ignore
    const found = Object.fromEntries(
      await Promise.all(Object.keys(expected).map(async (query) => [query, await count(query)])),
    )
    expect(found).toEqual(expected)
  })

  test('a filter on arguments passes over JSON that the database cannot search', async () => {
    const { get, post } = await setup()
    await post('/jobs/run/p/f/x/hello', '{"a":"\\u0000","b":1}', JSON_TYPE)
    await post('/jobs/run/p/f/x/hello', '{"a":"\\ud800","b":1}', JSON_TYPE)
    await post('/jobs/run/p/f/x/hello', { b: 1 })
    const filter = async (json: string) => await get(`/jobs/list?args=${encodeURIComponent(json)}`)
    expect((await filter('{"b":1}')).json()).toHaveLength(1)
    expect((await filter('{"b":')).statusCode).toBe(400)
    expect((await filter('{"a":"\\u0000"}')).statusCode).toBe(400)
  })

  test('all workspaces are for superadmins in the workspace admins', async () => {
    const { get } = await setup()
    expect((await get('/jobs/list?all_workspaces=true')).statusCode).toBe(403)
    expect((await get('/jobs/queue/count?all_workspaces=true')).statusCode).toBe(403)
  })
})
