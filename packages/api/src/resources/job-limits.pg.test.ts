import { newId } from '@millrace/base/ids'
import { signJobToken, type ClaimedJob, type Outcome } from '@millrace/queue'
import { loadJobTokenKey } from '@millrace/queue'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await startApi({ WAIT_RESULT_TIMEOUT_S: '10', QUEUE_LIMIT_WAIT_RESULT: '3' })
})
afterAll(() => fixture.stop())

type Run = (job: ClaimedJob) => Outcome | Promise<Outcome>

/** A workspace with a script that has these options, under a tag that no other test has. */
async function setup(options: object, run?: Run) {
  const { root, token, workspace } = await fixture.makeWorkspace()
  const call =
    (method: 'GET' | 'POST') =>
    (path: string, body?: object, headers: Record<string, string> = {}) =>
      fixture.call(`${root}${path}`, { method, token, headers, ...(body && { body }) })
  const [get, post] = [call('GET'), call('POST')]
  const script = { path: 'f/x/it', content: 'a="$1"\n', language: 'bash', tag: workspace, ...options }
  const made = await post('/scripts/create', script)
  expect(made.statusCode).toBe(201)
  if (run) await fixture.work([workspace], run)
  const states = async () => {
    const { rows } = await fixture.db.pool.query('select state from job_queue where workspace_id = $1 order by id', [
      workspace,
    ])
    return rows.map((row) => row.state)
  }
  return { root, workspace, get, post, states }
}

describe('options of a script', () => {
  test('a concurrency limit holds back what is too much', async () => {
    const { post, states } = await setup({ concurrent_limit: 2 })
    for (let n = 0; n < 4; n += 1) await post('/jobs/run/p/f/x/it', {})
    expect(await states()).toEqual(['ready', 'ready', 'blocked', 'blocked'])
  })

  test('a key that is filled in from arguments limits each value by itself', async () => {
    const { post, states } = await setup({ concurrent_limit: 1, concurrency_key: '$workspace-$args[customer.id]' })
    for (const id of [1, 1, 2]) await post('/jobs/run/p/f/x/it', { customer: { id } })
    expect(await states()).toEqual(['ready', 'blocked', 'ready'])
  })

  test('calls in quick succession become one job with what was gathered', async () => {
    const { get, post, states } = await setup({ debounce_delay_s: 60, debounce_args_to_accumulate: ['a'] })
    const first = (await post('/jobs/run/p/f/x/it', { a: [1] })).body
    const second = (await post('/jobs/run/p/f/x/it', { a: [2] })).body
    expect(await states()).toEqual(['scheduled'])
    expect((await get(`/jobs_u/get_args/${second}`)).json()).toEqual({ a: [1, 2] })
    expect((await get(`/jobs_u/completed/get/${first}`)).json()).toMatchObject({
      is_skipped: true,
      result: { debounced_by: second },
    })
  })

  test('a failed run is tried again', async () => {
    let runs = 0
    const { post } = await setup({ retry: { constant: { attempts: 1, seconds: 0 } } }, () => {
      runs += 1
      return runs === 1
        ? { status: 'failure', resultJson: '{"error":{"name":"E","message":"m"}}' }
        : { status: 'success', resultJson: '"second"' }
    })
    const waiting = post('/jobs/run_wait_result/p/f/x/it', {})
    for (;;) {
      // The keeper's duty, which this fixture has not.
      await fixture.db.pool.query(`update job_queue set state = 'ready' where state = 'scheduled'`)
      if ((await Promise.race([waiting, new Promise((resolve) => setImmediate(resolve))])) !== undefined) break
    }
    expect((await waiting).json()).toBe('second')
    expect(runs).toBe(2)
  })

  test.each([
    [{ retry: { constant: { attempts: -1, seconds: 1 } } }],
    [{ retry: { sometimes: true } }],
    [{ concurrent_limit: 'many' }],
    [{ debounce_delay_s: -5 }],
  ])('%j is refused', async (options) => {
    const { post } = await setup({})
    const reply = await post('/scripts/create', { path: 'f/x/b', content: 'a="$1"', language: 'bash', ...options })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'request.invalid'])
  })
})

describe('Idempotency-Key', () => {
  test('R18 a thousand calls at once with one key are one job, and all of them have its id', async () => {
    const { post, states } = await setup({})
    const key = { 'idempotency-key': newId() }
    const replies = await Promise.all(Array.from({ length: 1000 }, () => post('/jobs/run/p/f/x/it', { a: 1 }, key)))
    expect(new Set(replies.map((reply) => `${reply.statusCode} ${reply.body}`)).size).toBe(1)
    expect(await states()).toEqual(['ready'])
  })

  test('R18 the same key with another body is 409, and other keys and calls without one are other jobs', async () => {
    const { post, states } = await setup({})
    const key = { 'idempotency-key': newId() }
    const first = (await post('/jobs/run/p/f/x/it', { a: 1 }, key)).body
    const other = await post('/jobs/run/p/f/x/it', { a: 2 }, key)
    expect([other.statusCode, other.json().code, other.json().detail.job_id]).toEqual([409, 'job.key_reused', first])
    await post('/jobs/run/p/f/x/it', { a: 1 }, { 'idempotency-key': newId() })
    await post('/jobs/run/p/f/x/it', {})
    await post('/jobs/run/p/f/x/it', {})
    expect(await states()).toHaveLength(4)
  })

  test('a call that waits gets the result of the first one with its key', async () => {
    let runs = 0
    const { post } = await setup({}, () => ({ status: 'success', resultJson: String((runs += 1)) }))
    const key = { 'idempotency-key': newId() }
    const replies = [
      await post('/jobs/run_wait_result/p/f/x/it', {}, key),
      await post('/jobs/run_wait_result/p/f/x/it', {}, key),
    ]
    expect(replies.map((reply) => reply.json())).toEqual([1, 1])
  })

  test.each(['', 'a b', 'ü', 'x'.repeat(256)])('%j is no key', async (key) => {
    const { post } = await setup({})
    const reply = await post('/jobs/run/p/f/x/it', {}, { 'idempotency-key': key })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'request.invalid'])
  })
})

describe('calls that wait', () => {
  test('are refused while more jobs are ready than the server allows, whatever they allow themselves', async () => {
    const { post } = await setup({})
    for (let n = 0; n < 4; n += 1) await post('/jobs/run/p/f/x/it', {})
    const reply = await post('/jobs/run_wait_result/p/f/x/it?queue_limit=100', {})
    expect([reply.statusCode, reply.json().code, reply.headers['retry-after']]).toEqual([429, 'queue.full', '5'])
  })

  test.each(['waits in its call', 'polls'])(
    'Q34 a job that %s for a job that it started lends it its only slot',
    async (how) => {
      const key = await loadJobTokenKey(fixture.db)
      const { root } = await setup({}, async (job) => {
        const { depth } = JSON.parse(job.argsJson ?? '{}')
        if (!depth) return { status: 'success', resultJson: '"bottom"' }
        const call = (method: 'GET' | 'POST', path: string, body?: object) =>
          fixture.call(`/w/${job.workspaceId}${path}`, {
            method,
            token: signJobToken(key, job.id),
            ...(body && { body }),
          })
        if (how === 'waits in its call') {
          const reply = await call('POST', '/jobs/run_wait_result/p/f/x/it', { depth: depth - 1 })
          return { status: 'success', resultJson: reply.body }
        }
        const child = (await call('POST', '/jobs/run/p/f/x/it', { depth: depth - 1 })).body
        for (;;) {
          const { completed, result } = (await call('GET', `/jobs_u/completed/get_result_maybe/${child}`)).json()
          if (completed) return { status: 'success', resultJson: JSON.stringify(result) }
          await new Promise((resolve) => setImmediate(resolve))
        }
      })
      const { token } = await fixture.addMember(root.slice(3))
      const reply = await fixture.call(`${root}/jobs/run_wait_result/p/f/x/it`, {
        method: 'POST',
        token,
        body: { depth: 9 },
      })
      expect(reply.json()).toBe('bottom')
    },
  )
})
