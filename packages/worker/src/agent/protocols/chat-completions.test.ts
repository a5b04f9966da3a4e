import { expect, test } from 'vitest'
import { chatCompletions } from './chat-completions.ts'

const read = (message: object, more: object = {}) =>
  chatCompletions.readReply(JSON.stringify({ choices: [{ message, ...more }] }))

test('what servers say in their own way is read: texts in parts, calls without an id, arguments that are no text', () => {
  const content = [
    { type: 'thinking', thinking: 'hm' },
    { type: 'text', text: 'Hel' },
    { type: 'text', text: 'lo' },
  ]
  expect(read({ content })).toMatchObject({
    ok: true,
    value: { message: { content: 'Hello' }, usage: { input: 0, output: 0 } },
  })
  const called = read({ tool_calls: [{ function: { name: 'add', arguments: { a: 1 } } }] })
  expect(called).toMatchObject({
    value: {
      message: { content: null, tool_calls: [{ id: 'call_0', function: { name: 'add', arguments: '{"a":1}' } }] },
    },
  })
  expect(read({ content: 'x' }, { finish_reason: 'length' })).toMatchObject({ value: { isCut: true } })
})

test('a reply that is none says where', () => {
  expect(chatCompletions.readReply('{"choices":[]}')).toMatchObject({
    ok: false,
    error: expect.stringContaining('choices'),
  })
})
