import { expect, test } from 'vitest'
import { parseFlow } from '../../definition/parse-flow.ts'
import { step } from '../../testing/run-flow.ts'
import { aiagent } from './index.ts'

const value = {
  type: 'aiagent',
  input_transforms: { user_message: { type: 'static', value: 'hello' } },
  tools: [{ id: 't', value: { tool_type: 'websearch' } }],
}

test('a flow with one is refused with what to do instead, wherever it stands (F50)', () => {
  const loop = { id: 'l', value: { type: 'whileloopflow', modules: [{ id: 'a', value }] } }
  const message = aiagent.refusal
  expect(parseFlow({ modules: [step('b'), loop] })).toEqual({
    ok: false,
    problems: [{ path: 'modules[1].value.modules[0].value.type', message }],
  })
})
