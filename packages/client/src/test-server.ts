import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What a test server saw of a request. */
export interface Seen {
  readonly method: string
  /** As sent, query included. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A real server on a free port of loopback, closed with its connections when the test ends. */
export async function startTestServer(
  answer: (seen: Seen, response: ServerResponse) => void | Promise<void>,
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const entry = { method, url, headers, body: Buffer.concat(chunks).toString() }
      seen.push(entry)
      void answer(entry, response)
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

/** Replies JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/** Begins a stream of events; `data` are written at once, the stream stays open. */
export function sendEvents(response: ServerResponse, ...events: unknown[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`)
}

/** A finished job as the server sends it. */
export function completedJob(id: string, result: unknown, success = true): Record<string, unknown> {
  return {
    type: 'CompletedJob',
    workspace_id: 'w',
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
    success,
    is_skipped: false,
    result,
  }
}
