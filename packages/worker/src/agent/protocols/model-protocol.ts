import type { Result } from '@millrace/base/result'
import { z } from 'zod'
import type { ServerRequest } from '../fetch-reply.ts'

const ToolCall = z.object({
  id: z.string(),
  type: z.literal('function').default('function'),
  /** `arguments` is JSON as the model wrote it, and may be none. */
  function: z.object({ name: z.string(), arguments: z.string() }),
})

/** What is said in a conversation, in the words of chat completions whatever protocol the model speaks. */
export const Message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: z.string() }),
  z.object({ role: z.literal('user'), content: z.string() }),
  z.object({
    role: z.literal('assistant'),
    content: z.string().nullable(),
    tool_calls: z.array(ToolCall).optional(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), content: z.string() }),
])
export type Message = z.infer<typeof Message>
export type AssistantMessage = Extract<Message, { role: 'assistant' }>

/** A server of models, and which one is meant. */
export interface Endpoint {
  readonly baseUrl: string
  readonly model: string
  readonly effort: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
  readonly lengthField: string
  readonly hasSchemas: boolean
}

/** A tool as a model is told of it. */
export interface ToldTool {
  readonly name: string
  readonly description: string | undefined
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What a model is asked. */
export interface Question {
  readonly messages: readonly Message[]
  readonly tools: readonly ToldTool[]
  readonly temperature: number | undefined
  readonly tokensMax: number | undefined
  /** JSON Schema that the answer is to match. */
  readonly outputSchema: Readonly<Record<string, unknown>> | undefined
}

/** What a model says. */
export interface ModelAnswer {
  readonly message: AssistantMessage
  readonly usage: { readonly input: number; readonly output: number }
  /** It stopped because its answer was to be no longer. */
  readonly isCut: boolean
}

/** How a server of models is spoken to. */
export interface ModelProtocol {
  toRequest(endpoint: Endpoint, question: Question): ServerRequest
  /** The error is a sentence about the reply. */
  readReply(text: string): Result<ModelAnswer, string>
}

/** A place below an address that may have a query. */
export function placeBelow(baseUrl: string, path: string): string {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`
  return url.toString()
}

/** Reads a reply by a schema; the error says that it is none of the protocol. */
export function parseReply<T>(schema: z.ZodType<T>, text: string): Result<T, string> {
  try {
    const parsed = schema.safeParse(JSON.parse(text))
    if (parsed.success) return { ok: true, value: parsed.data }
    const [issue] = parsed.error.issues
    return { ok: false, error: `at ${issue?.path.join('.') || 'its top'}: ${issue?.message ?? 'unreadable'}` }
  } catch {
    return { ok: false, error: 'it is no JSON' }
  }
}
