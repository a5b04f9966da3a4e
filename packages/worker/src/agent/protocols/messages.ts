import { z } from 'zod'
import { parseReply, placeBelow, type AssistantMessage, type Message, type ModelProtocol } from './model-protocol.ts'

/** Which words of the protocol we speak. */
const VERSION = '2023-06-01'
/** It wants a limit; this is one that all its models have. */
const TOKENS_MAX = 4096

const Block = z.union([
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.unknown() }),
  z.looseObject({ type: z.string() }),
])

const Reply = z.object({
  content: z.array(Block),
  stop_reason: z.string().nullish(),
  usage: z.object({ input_tokens: z.number().nullish(), output_tokens: z.number().nullish() }).nullish(),
})

/** Anthropic's protocol of messages. */
export const messages: ModelProtocol = {
  toRequest({ baseUrl, model, headers, secrets }, { messages: said, tools, temperature, tokensMax }) {
    const system = said.flatMap((message) => (message.role === 'system' ? [message.content] : []))
    return {
      url: placeBelow(baseUrl, 'messages'),
      headers: { 'anthropic-version': VERSION, ...headers },
      secrets,
      body: {
        model,
        max_tokens: tokensMax ?? TOKENS_MAX,
        ...(system.length > 0 && { system: system.join('\n\n') }),
        messages: toTurns(said),
        ...(tools.length > 0 && {
          tools: tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
        }),
        ...(temperature !== undefined && { temperature }),
      },
    }
  },

  readReply(text) {
    const reply = parseReply(Reply, text)
    if (!reply.ok) return reply
    const { content, usage, stop_reason: reason } = reply.value
    const texts = content.flatMap((block) => (block.type === 'text' && 'text' in block ? [String(block.text)] : []))
    const calls = content.flatMap((block) =>
      block.type === 'tool_use' && 'name' in block
        ? [
            {
              id: String(block['id']),
              type: 'function' as const,
              function: { name: String(block.name), arguments: JSON.stringify(block['input'] ?? {}) },
            },
          ]
        : [],
    )
    return {
      ok: true,
      value: {
        message: {
          role: 'assistant',
          content: texts.length > 0 ? texts.join('') : null,
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        usage: { input: usage?.input_tokens ?? 0, output: usage?.output_tokens ?? 0 },
        isCut: reason === 'max_tokens',
      },
    }
  },
}

interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: readonly object[]
}

/** What tools gave is said by the user there, all of a round in one turn. */
function toTurns(said: readonly Message[]): readonly Turn[] {
  const turns: Turn[] = []
  for (const message of said) {
    const turn = toTurn(message)
    const last = turns.at(-1)
    if (!turn) continue
    if (last?.role === turn.role) turns[turns.length - 1] = { ...last, content: [...last.content, ...turn.content] }
    else turns.push(turn)
  }
  return turns
}

function toTurn(message: Message): Turn | undefined {
  switch (message.role) {
    case 'system':
      return undefined
    case 'user':
      return { role: 'user', content: [{ type: 'text', text: message.content }] }
    case 'assistant':
      return { role: 'assistant', content: assistantBlocks(message) }
    case 'tool':
      return {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: message.tool_call_id, content: message.content }],
      }
  }
}

function assistantBlocks({ content, tool_calls: calls = [] }: AssistantMessage): readonly object[] {
  return [
    ...(content ? [{ type: 'text', text: content }] : []),
    ...calls.map(({ id, function: called }) => ({
      type: 'tool_use',
      id,
      name: called.name,
      input: inputOf(called.arguments),
    })),
  ]
}

/** It takes objects only. */
function inputOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  } catch {
    return {}
  }
}
