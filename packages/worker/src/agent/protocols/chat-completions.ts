import { z } from 'zod'
import { parseReply, placeBelow, type ModelProtocol } from './model-protocol.ts'

/** Some servers say a text in parts, of which only those with text are said to the user. */
const Content = z.union([
  z.string(),
  z
    .array(z.looseObject({ text: z.string().optional() }))
    .transform((parts) => parts.map(({ text = '' }) => text).join('')),
])

const Reply = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: Content.nullish(),
          tool_calls: z
            .array(
              z.object({
                id: z.string().nullish(),
                function: z.object({
                  name: z.string(),
                  // Some servers send the object itself.
                  arguments: z.unknown(),
                }),
              }),
            )
            .nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number().nullish(), completion_tokens: z.number().nullish() }).nullish(),
})

/** The protocol of chat completions, which most servers of models speak. */
export const chatCompletions: ModelProtocol = {
  toRequest({ baseUrl, model, effort, headers, secrets, lengthField, hasSchemas }, question) {
    const { messages, tools, temperature, tokensMax, outputSchema } = question
    return {
      url: placeBelow(baseUrl, 'chat/completions'),
      headers,
      secrets,
      body: {
        model,
        messages,
        ...(tools.length > 0 && { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
        ...(temperature !== undefined && { temperature }),
        ...(tokensMax !== undefined && { [lengthField]: tokensMax }),
        ...(effort !== undefined && { reasoning_effort: effort }),
        ...(outputSchema &&
          hasSchemas && {
            response_format: { type: 'json_schema', json_schema: { name: 'output', schema: outputSchema } },
          }),
      },
    }
  },

  readReply(text) {
    const reply = parseReply(Reply, text)
    if (!reply.ok) return reply
    const { choices, usage } = reply.value
    const [choice] = choices
    const calls = choice?.message.tool_calls ?? []
    return {
      ok: true,
      value: {
        message: {
          role: 'assistant',
          content: choice?.message.content ?? null,
          ...(calls.length > 0 && {
            tool_calls: calls.map(({ id, function: { name, arguments: args } }, nth) => ({
              id: id || `call_${nth}`,
              type: 'function' as const,
              function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args ?? {}) },
            })),
          }),
        },
        usage: { input: usage?.prompt_tokens ?? 0, output: usage?.completion_tokens ?? 0 },
        isCut: choice?.finish_reason === 'length',
      },
    }
  },
}
