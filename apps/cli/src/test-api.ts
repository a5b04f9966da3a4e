import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request as the test server saw it. */
export interface Seen {
  readonly method: string
  readonly url: URL
  readonly token: string | undefined
  readonly body: string
}

/** What a route answers: JSON, a text, or whatever it writes itself. */
export type Answer = (seen: Seen, response: ServerResponse) => unknown

/** A small real server of the API: `METHOD /path` (without `/api`) to its answer. Everything else is a 404 problem. */
export async function startTestApi(answers: Readonly<Record<string, Answer>>): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://test')
      const token = request.headers.authorization?.replace('Bearer ', '')
      const entry = { method: request.method ?? '', url, token, body: Buffer.concat(chunks).toString() }
      seen.push(entry)
      reply(response, answers[`${entry.method} ${url.pathname.replace('/api', '')}`], entry)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, seen }
}

/** Answers with a problem. */
export function problem(status: number, code: string, message: string): Answer {
  return (_, response) => sendJson(response, status, { code, message, requestId: 'req-1' })
}

/** Answers a stream of events. */
export function events(...list: unknown[]): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of list) response.write(`data: ${JSON.stringify(event)}\n\n`)
  }
}

function reply(response: ServerResponse, answer: Answer | undefined, seen: Seen): void {
  if (!answer)
    return sendJson(response, 404, { code: 'route.not_found', message: `No ${seen.url.pathname}.`, requestId: 'req-0' })
  const value = answer(seen, response)
  if (value === undefined || response.headersSent) return
  if (typeof value === 'string') response.writeHead(200, { 'content-type': 'text/plain' }).end(value)
  else sendJson(response, 200, value)
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/** A finished job as the server sends it. */
export function completedJob(id: string, fields: Record<string, unknown>): Record<string, unknown> {
  return {
    type: 'CompletedJob',
    workspace_id: 'admins',
    id,
    created_by: 'admin',
    created_at: '2026-01-01T00:00:00Z',
    canceled: false,
    job_kind: 'preview',
    permissioned_as: 'u/admin',
    is_flow_step: false,
    email: 'admin@example.com',
    visible_to_owner: true,
    tag: 'default',
    duration_ms: 5,
    success: true,
    is_skipped: false,
    ...fields,
  }
}
