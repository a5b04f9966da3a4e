import { expect, test } from 'vitest'
import { modelOf } from '../provider.ts'
import type { Message } from './model-protocol.ts'
import { messages } from './messages.ts'

const said: readonly Message[] = [
  { role: 'system', content: 'Be short.' },
  { role: 'user', content: 'Hi' },
  {
    role: 'assistant',
    content: 'Let me see.',
    tool_calls: [
      { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
      { id: 'c2', type: 'function', function: { name: 'look', arguments: 'no JSON' } },
    ],
  },
  { role: 'tool', tool_call_id: 'c1', content: 'a' },
  { role: 'tool', tool_call_id: 'c2', content: 'b' },
  { role: 'user', content: 'Go on' },
]

test('a conversation is told in the words of its protocol: turns of two, with what tools gave in the user’s', () => {
  const model = modelOf({ kind: 'anthropic', model: 'claude', api_key: 'k' } as never)
  if (!model.ok) throw new Error(model.error.message)
  const tools = [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }]
  const { url, headers, body } = messages.toRequest(model.value.endpoint, {
    messages: said,
    tools,
    temperature: undefined,
    tokensMax: 9,
    outputSchema: undefined,
  })
  expect(url).toBe('https://api.anthropic.com/v1/messages')
  expect(headers).toEqual({ 'anthropic-version': '2023-06-01', 'x-api-key': 'k' })
  expect(body).toEqual({
    model: 'claude',
    max_tokens: 9,
    system: 'Be short.',
    tools: [{ name: 'look', description: 'Looks.', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me see.' },
          { type: 'tool_use', id: 'c1', name: 'look', input: { at: 1 } },
          { type: 'tool_use', id: 'c2', name: 'look', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: 'a' },
          { type: 'tool_result', tool_use_id: 'c2', content: 'b' },
          { type: 'text', text: 'Go on' },
        ],
      },
    ],
  })
})

test('its replies are read: words, calls, tokens, and that it was cut', () => {
  const content = [
    { type: 'thinking', thinking: 'hm' },
    { type: 'text', text: 'Let me see.' },
    { type: 'tool_use', id: 'c1', name: 'look', input: { at: 1 } },
  ]
  const text = JSON.stringify({ content, stop_reason: 'max_tokens', usage: { input_tokens: 3, output_tokens: 4 } })
  expect(messages.readReply(text)).toEqual({
    ok: true,
    value: {
      message: {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }],
      },
      usage: { input: 3, output: 4 },
      isCut: true,
    },
  })
  expect(messages.readReply('{}')).toMatchObject({ ok: false })
  expect(messages.readReply('<html>')).toEqual({ ok: false, error: 'it is no JSON' })
})
