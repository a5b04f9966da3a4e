import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as a server of models gets it. */
export interface Asked {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: {
    readonly model?: string
    readonly messages: readonly { readonly role: string; readonly content: unknown }[]
    readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: object } }[]
    readonly [name: string]: unknown
  }
}

/** A reply; a string is the answer of the model, and undefined is none, ever. */
export type Said =
  string | { readonly status?: number; readonly headers?: Record<string, string>; readonly json: unknown } | undefined

/** A peer that speaks the protocol of chat completions over HTTP, and says what the test has written for each request in turn. */
export interface ModelServer {
  readonly url: string
  readonly asked: readonly Asked[]
  stop(): Promise<void>
}

/** `say` is told the request and its number, from 0. */
export async function startModelServer(say: (asked: Asked, nth: number) => Said | Promise<Said>): Promise<ModelServer> {
  const asked: Asked[] = []
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    const { url = '', headers } = request
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const received: Asked = { path: url, headers, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
    asked.push(received)
    const said = await say(received, asked.length - 1)
    if (said === undefined) return
    const { status = 200, headers: own = {}, json } = typeof said === 'string' ? { json: answer(said) } : said
    response.writeHead(status, { 'content-type': 'application/json', ...own }).end(JSON.stringify(json))
  }
  const server = createServer((request, response) => void reply(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const usage = { prompt_tokens: 100, completion_tokens: 20 }

/** An answer in words. */
export function answer(content: string): unknown {
  return { choices: [{ message: { role: 'assistant', content }, finish_reason: 'stop' }], usage }
}

/** Calls of tools: the name, and the arguments as JSON or as text that is none. */
export function callTools(...calls: readonly (readonly [name: string, args: unknown])[]): Said {
  const tool_calls = calls.map(([name, args], nth) => ({
    id: `call_${nth}`,
    type: 'function',
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  }))
  const message = { role: 'assistant', content: null, tool_calls }
  return { json: { choices: [{ message, finish_reason: 'tool_calls' }], usage } }
}
