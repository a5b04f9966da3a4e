import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { createClient } from './client.ts'
import { followJob } from './follow-job.ts'
import { completedJob, sendEvents, sendJson, startTestServer, type Seen } from './test-server.ts'

const id = '0198c000-0000-7000-8000-000000000001'

type Answer = (response: ServerResponse, seen: Seen) => void

/** A server that answers the n-th stream with the n-th answer, and the finished job. */
async function startJobServer(streams: Answer[], poll: Answer = unexpected) {
  return startTestServer((seen, response) => {
    if (seen.url.includes('/completed/get/')) return sendJson(response, 200, completedJob(id, 42))
    if (seen.url.includes('/getupdate_sse/')) return (streams.shift() ?? unexpected)(response, seen)
    return poll(response, seen)
  })
}

function unexpected(response: ServerResponse): void {
  sendJson(response, 500, { code: 'server.fault', message: 'not expected in this test', requestId: 'r' })
}

function queryOf(seen: Seen | undefined, name: string): string | null {
  return new URL(seen?.url ?? '', 'http://x').searchParams.get(name)
}

test('the log arrives in order, each piece once, across a time limit and a dropped connection', async () => {
  const server = await startJobServer([
    (response) =>
      sendEvents(response, { type: 'update', running: true, new_logs: 'ab', log_offset: 2 }, { type: 'timeout' }),
    (response) => {
      sendEvents(response, { type: 'update', new_logs: 'cd' })
      response.write('data: {"type":"upd', () => response.destroy())
    },
    (response) => sendEvents(response, { type: 'update', new_logs: 'e', completed: true }),
  ])
  let log = ''

  const job = await followJob(createClient({ baseUrl: server.url }), 'w', id, {
    onUpdate: (update) => (log += update.new_logs ?? ''),
  })

  expect(log).toBe('abcde')
  expect(job.result).toBe(42)
  expect(server.seen.slice(0, 3).map((seen) => queryOf(seen, 'log_offset'))).toEqual(['0', '2', '4'])
  expect(queryOf(server.seen[1], 'running')).toBe('true')
})

test('where streams do not get through it polls', async () => {
  const blocked = (response: ServerResponse) => void response.writeHead(200, { 'content-type': 'text/html' }).end('no')
  const updates = [
    { running: true, new_logs: 'x', log_offset: 1 },
    { completed: true, new_logs: 'y', log_offset: 2 },
  ]
  const server = await startJobServer([blocked, blocked, blocked], (response) =>
    sendJson(response, 200, updates.shift()),
  )
  let log = ''

  const job = await followJob(createClient({ baseUrl: server.url }), 'w', id, {
    onUpdate: (update) => (log += update.new_logs ?? ''),
  })

  expect(log).toBe('xy')
  expect(job.success).toBe(true)
})

test('an unknown job ends following at once', async () => {
  const server = await startJobServer([(response) => sendEvents(response, { type: 'not_found' })])

  const following = followJob(createClient({ baseUrl: server.url }), 'w', id)

  await expect(following).rejects.toMatchObject({ status: 404, code: 'job.not_found' })
  expect(server.seen).toHaveLength(1)
})

test('a lost sign-in ends following at once', async () => {
  const server = await startJobServer([
    (response) => sendJson(response, 401, { code: 'auth.required', message: 'Sign in.', requestId: 'r' }),
  ])

  const following = followJob(createClient({ baseUrl: server.url }), 'w', id)

  await expect(following).rejects.toMatchObject({ code: 'auth.required' })
})

test('the signal ends following, also in the middle of a silent stream', async () => {
  const opened = Promise.withResolvers<void>()
  const server = await startJobServer([
    (response) => {
      sendEvents(response, { type: 'ping' })
      opened.resolve()
    },
  ])
  const abort = new AbortController()

  const following = followJob(createClient({ baseUrl: server.url }), 'w', id, { signal: abort.signal })
  await opened.promise
  abort.abort(new Error('enough'))

  await expect(following).rejects.toThrow('enough')
})

test('a server that stays away ends following after the given time', async () => {
  const client = createClient({ baseUrl: 'http://127.0.0.1:1' })

  const following = followJob(client, 'w', id, { giveUpMs: 50 })

  await expect(following).rejects.toMatchObject({ code: 'network.unreachable' })
})
