import type { CompletedJob, Script } from '@millrace/contracts'
import { expect, expectTypeOf, test } from 'vitest'
import { ApiError } from './api-error.ts'
import { createClient } from './client.ts'
import { sendEvents, sendJson, startTestServer } from './test-server.ts'

async function failureOf(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!ApiError.is(error)) throw new Error(`expected an ApiError, got ${String(error)}`)
  return error
}

test('a path tail keeps its slashes and everything else is escaped', async () => {
  const server = await startTestServer((_, response) => sendJson(response, 200, true))
  const client = createClient({ baseUrl: `${server.url}/` })

  await client.scripts.existsScriptByPath({ workspace: 'a b', path: 'u/ad min/x?y#z' })

  expect(server.seen[0]?.url).toBe('/api/w/a%20b/scripts/exists/p/u/ad%20min/x%3Fy%23z')
})

test('a path that would lead to another endpoint is refused before it is sent', async () => {
  const server = await startTestServer((_, response) => sendJson(response, 200, true))
  const client = createClient({ baseUrl: server.url })

  const error = await failureOf(client.scripts.existsScriptByPath({ workspace: 'w', path: 'u/../../../x' }))

  expect(error).toMatchObject({ status: 400, code: 'request.invalid' })
  expect(server.seen).toEqual([])
})

test('the token, the query with booleans and numbers, and a JSON body are sent', async () => {
  const server = await startTestServer((_, response) => {
    response.writeHead(201, { 'content-type': 'text/plain' }).end('the-id')
  })
  const client = createClient({ baseUrl: server.url, token: 'secret' })

  const id = await client.jobs.runScriptByPath({
    workspace: 'w',
    path: 'u/a/b',
    query: { timeout: 5, skip_preprocessor: true, tag: undefined },
    body: { name: 'Ä' },
  })

  expect(id).toBe('the-id')
  expect(server.seen[0]).toMatchObject({
    method: 'POST',
    url: '/api/w/w/jobs/run/p/u/a/b?timeout=5&skip_preprocessor=true',
    body: '{"name":"Ä"}',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
  })
})

test('an optional body that is not given is not sent', async () => {
  const server = await startTestServer((_, response) => void response.writeHead(200).end('id'))
  const client = createClient({ baseUrl: server.url })

  await client.jobs.cancelQueuedJob({ workspace: 'w', id: 'x' })

  expect(server.seen[0]?.body).toBe('')
  expect(server.seen[0]?.headers['content-type']).toBeUndefined()
})

test('a problem is thrown with the words, code and request id of the server', async () => {
  const problem = { code: 'queue.full', message: 'Wait.', detail: { limit: 3 }, requestId: 'r1' }
  const server = await startTestServer((_, response) => {
    response.setHeader('retry-after', '2')
    sendJson(response, 429, problem)
  })

  const error = await failureOf(createClient({ baseUrl: server.url }).auth.globalWhoami())

  expect(error).toMatchObject({ status: 429, retryAfterMs: 2000, ...problem })
})

test('an error page of a proxy does not become the message', async () => {
  const server = await startTestServer((_, response) => {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>')
  })

  const error = await failureOf(createClient({ baseUrl: server.url }).auth.globalWhoami())

  expect(error.status).toBe(502)
  expect(error.message).toContain('status 502')
})

test('a reply of another shape is an error and not a wrong value', async () => {
  const server = await startTestServer((_, response) => sendJson(response, 200, { email: 7 }))

  const error = await failureOf(createClient({ baseUrl: server.url }).auth.globalWhoami())

  expect(error.code).toBe('network.bad_reply')
})

test('a failed job is a reply of status 500, a fault of the server is a problem', async () => {
  const replies = [
    { error: { name: 'Error', message: 'x' } },
    { code: 'server.fault', message: 'Our fault.', requestId: 'r2' },
  ]
  const server = await startTestServer((_, response) => sendJson(response, 500, replies.shift()))
  const client = createClient({ baseUrl: server.url })
  const input = { workspace: 'w', path: 'u/a/b' }

  const reply = await client.jobs.runWaitResultScriptByPath(input)
  const error = await failureOf(client.jobs.runWaitResultScriptByPath(input))

  expect(reply).toMatchObject({ status: 500, body: { error: { message: 'x' } } })
  expect(error.code).toBe('server.fault')
})

test('a server that is not there is an ApiError of status 0 that names the address', async () => {
  const error = await failureOf(createClient({ baseUrl: 'http://127.0.0.1:1' }).instance.listLanguages())

  expect(error).toMatchObject({ status: 0, code: 'network.unreachable' })
  expect(error.message).toContain('http://127.0.0.1:1')
})

test('a reply that does not come in time is an ApiError, an abort keeps its reason', async () => {
  const server = await startTestServer(() => undefined)
  const client = createClient({ baseUrl: server.url })
  const abort = new AbortController()
  const aborted = client.instance.listLanguages({}, { signal: abort.signal })
  abort.abort(new Error('stop'))

  await expect(aborted).rejects.toThrow('stop')
  const error = await failureOf(client.instance.listLanguages({}, { timeoutMs: 20 }))
  expect(error.code).toBe('network.timed_out')
})

test('events arrive one by one and leaving the loop closes the connection', async () => {
  const closed = Promise.withResolvers<void>()
  const server = await startTestServer((_, response) => {
    response.on('close', closed.resolve)
    sendEvents(response, { type: 'ping' }, { type: 'update', new_logs: 'é\r\n' })
  })
  const client = createClient({ baseUrl: server.url })

  const types: string[] = []
  for await (const event of client.jobs.getJobUpdatesSse({ workspace: 'w', id: 'x' })) {
    types.push(event.type)
    if (event.type === 'update') break
  }

  expect(types).toEqual(['ping', 'update'])
  await closed.promise
})

test('a refused stream throws the problem', async () => {
  const server = await startTestServer((_, response) =>
    sendJson(response, 404, { code: 'job.not_found', message: 'No.', requestId: 'r' }),
  )
  const events = createClient({ baseUrl: server.url }).jobs.getJobUpdatesSse({ workspace: 'w', id: 'x' })

  await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'job.not_found' })
})

test('inputs and replies are typed by the contracts', () => {
  const client = createClient({ baseUrl: 'http://127.0.0.1:1' })

  expectTypeOf(client.scripts.getScriptByPath).returns.resolves.toEqualTypeOf<Script>()
  expectTypeOf(client.jobs.getCompletedJob).returns.resolves.toEqualTypeOf<CompletedJob>()
  expectTypeOf(client.jobs.addBatchJobs).returns.resolves.toEqualTypeOf<string[]>()
  expectTypeOf(client.scripts.getScriptByPath).parameter(0).toEqualTypeOf<{
    readonly workspace: string | number
    readonly path: string | number
  }>()
  expectTypeOf(client.scripts.createScript).parameter(0).toHaveProperty('body')
  expectTypeOf(client.auth).not.toHaveProperty('consumeLoginLink')
})
