import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

const Request = z.looseObject({
  id: z.number().optional(),
  method: z.string(),
  params: z
    .looseObject({ cursor: z.string().optional(), name: z.string().optional(), arguments: z.unknown() })
    .partial()
    .optional(),
})

/** A peer that offers tools by the Model Context Protocol over HTTP, two of them on a page each. */
export interface ToolPeer {
  readonly url: string
  /** Methods in order, with the headers that matter. */
  readonly asked: readonly {
    readonly method: string
    readonly key: string | undefined
    readonly session: string | undefined
  }[]
  stop(): Promise<void>
}

const inputSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

/** It answers calls as a stream of events, other requests as they are. */
export async function startToolPeer(): Promise<ToolPeer> {
  const asked: ToolPeer['asked'][number][] = []
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { id, method, params } = Request.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
    const { authorization: key, 'mcp-session-id': session } = request.headers
    asked.push({ method, key, session: typeof session === 'string' ? session : undefined })
    if (id === undefined) return void response.writeHead(202).end()
    const text = JSON.stringify({ jsonrpc: '2.0', id, ...answerTo(method, params) })
    if (method !== 'tools/call')
      return response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's1' }).end(text)
    const other = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: {} })
    return response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(`event: message\ndata: ${other}\n\nevent: message\ndata: ${text}\n\n`)
  }
  const server = createServer((request, response) => void reply(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    asked,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answerTo(method: string, params: z.infer<typeof Request>['params']): object {
  switch (method) {
    case 'initialize':
      return {
        result: {
          protocolVersion: '2025-06-18',
          capabilities: { tools: {} },
          serverInfo: { name: 'peer', version: '1' },
        },
      }
    case 'tools/list':
      return params?.cursor === undefined
        ? { result: { tools: [{ name: 'weather.now', description: 'The weather.', inputSchema }], nextCursor: 'more' } }
        : { result: { tools: [{ name: 'break', inputSchema: { type: 'object' } }] } }
    case 'tools/call': {
      if (params?.name === 'weather.now')
        return { result: { content: [{ type: 'text', text: `Rain: ${JSON.stringify(params.arguments)}` }] } }
      if (params?.name === 'break') return { result: { content: [{ type: 'text', text: 'It broke.' }], isError: true } }
      return { error: { code: -32602, message: `no tool ${params?.name}` } }
    }
    default:
      return { error: { code: -32601, message: 'no such method' } }
  }
}
