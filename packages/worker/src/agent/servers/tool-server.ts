import { err, ok, type Result } from '@millrace/base/result'
import { z } from 'zod'
import type { AgentFault } from '../fault.ts'
import { fetchReply, type Sending, type ServerReply } from '../fetch-reply.ts'

/** A server that speaks the Model Context Protocol over HTTP, as its resource says. */
export const ServerResource = z.looseObject({
  url: z.string().regex(/^https?:\/\//, 'must be an address such as https://host/mcp'),
  token: z.string().nullish(),
  api_key: z.string().nullish(),
  headers: z.record(z.string(), z.string()).nullish(),
})
export type ServerResource = z.infer<typeof ServerResource>

const ServerTool = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  inputSchema: z.record(z.string(), z.unknown()),
})
export type ServerTool = z.infer<typeof ServerTool>

const ToolPage = z.looseObject({ tools: z.array(ServerTool), nextCursor: z.string().nullish() })

const CallResult = z.looseObject({
  content: z.array(z.looseObject({ type: z.string() })).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().nullish(),
})

const Response = z.looseObject({
  id: z.union([z.number(), z.string()]).nullish(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).nullish(),
})

const PROTOCOL = '2025-06-18'
const SESSION = 'mcp-session-id'
/** Lists of tools are that many pages at the most. */
const PAGES_MAX = 20

/**
 * A conversation with a server of tools. It is written by hand: what we need of the protocol are three calls over one POST each, and the
 * official package brings two frameworks for servers with it.
 */
export class ToolServer {
  readonly #resource: ServerResource
  readonly #sending: Omit<Sending, 'isRepeatable'>
  #session: string | undefined
  #protocol: string | undefined
  #ids = 0

  constructor(resource: ServerResource, sending: Omit<Sending, 'isRepeatable'>) {
    this.#resource = resource
    this.#sending = sending
  }

  /** Every tool that it offers. */
  async listTools(): Promise<Result<readonly ServerTool[], AgentFault>> {
    const begun = await this.#begin()
    if (!begun.ok) return begun
    const tools: ServerTool[] = []
    let cursor: string | undefined
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const asked = await this.#request('tools/list', cursor === undefined ? {} : { cursor }, true)
      if (!asked.ok) return asked
      const read = ToolPage.safeParse(asked.value)
      if (!read.success) return err(unreadable('its list of tools'))
      tools.push(...read.data.tools)
      cursor = read.data.nextCursor ?? undefined
      if (cursor === undefined) break
    }
    return ok(tools)
  }

  /** What a tool gives; a tool that says that it failed is a fault, and so is a server that does. */
  async callTool(name: string, args: Readonly<Record<string, unknown>>): Promise<Result<unknown, AgentFault>> {
    const begun = await this.#begin()
    if (!begun.ok) return begun
    // It may have done its work although no answer came.
    const asked = await this.#request('tools/call', { name, arguments: args }, false)
    if (!asked.ok) return asked
    const read = CallResult.safeParse(asked.value)
    if (!read.success) return err(unreadable(`what the tool ${name} gave`))
    const { content, structuredContent, isError } = read.data
    const texts = content.flatMap((part) => (typeof part['text'] === 'string' ? [part['text']] : []))
    if (isError === true) return err({ name: 'ToolError', message: texts.join('\n') || `the tool ${name} failed` })
    if (structuredContent !== undefined) return ok(structuredContent)
    return ok(texts.length === content.length ? texts.join('\n') : content)
  }

  async #begin(): Promise<Result<undefined, AgentFault>> {
    const clientInfo = { name: 'millrace', version: '1' }
    const asked = await this.#request('initialize', { protocolVersion: PROTOCOL, capabilities: {}, clientInfo }, true)
    if (!asked.ok) return asked
    const read = z.looseObject({ protocolVersion: z.string() }).safeParse(asked.value)
    if (!read.success) return err(unreadable('its greeting'))
    this.#protocol = read.data.protocolVersion
    const told = await this.#send({ jsonrpc: '2.0', method: 'notifications/initialized' }, true)
    return told.ok ? ok(undefined) : told
  }

  async #request(method: string, params: unknown, isRepeatable: boolean): Promise<Result<unknown, AgentFault>> {
    this.#ids += 1
    const id = this.#ids
    const sent = await this.#send({ jsonrpc: '2.0', id, method, params }, isRepeatable)
    if (!sent.ok) return sent
    this.#session = sent.value.headers.get(SESSION) ?? this.#session
    const response = findResponse(sent.value, id)
    if (!response) return err(unreadable(`its answer to ${method}`))
    if (response.error) return err({ name: 'ToolServerError', message: `${method}: ${response.error.message}` })
    return ok(response.result)
  }

  async #send(body: unknown, isRepeatable: boolean): Promise<Result<ServerReply, AgentFault>> {
    const { url, token, api_key: key, headers } = this.#resource
    const secret = token ?? key ?? undefined
    const request = {
      url,
      body,
      secrets: [...(secret === undefined ? [] : [secret]), ...Object.values(headers ?? {})],
      headers: {
        accept: 'application/json, text/event-stream',
        ...headers,
        ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
        ...(this.#session !== undefined && { [SESSION]: this.#session }),
        ...(this.#protocol !== undefined && { 'mcp-protocol-version': this.#protocol }),
      },
    }
    return await fetchReply(request, { ...this.#sending, isRepeatable })
  }
}

/** A reply is the response itself, or a stream of events, one of which is. */
function findResponse({ headers, text }: ServerReply, id: number): z.infer<typeof Response> | undefined {
  const isStream = headers.get('content-type')?.includes('text/event-stream') === true
  const texts = isStream ? eventsIn(text) : [text]
  for (const each of texts) {
    const read = Response.safeParse(parse(each))
    if (read.success && read.data.id === id) return read.data
  }
  return undefined
}

function eventsIn(stream: string): readonly string[] {
  return stream.split(/\r?\n\r?\n/).map((event) =>
    event
      .split(/\r?\n/)
      .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trimStart()] : []))
      .join('\n'),
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreadable(what: string): AgentFault {
  return { name: 'ToolServerError', message: `the server does not speak the protocol: ${what} cannot be read` }
}
