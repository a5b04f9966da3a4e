import { expect, test } from 'vitest'
import { flowOf } from '../../testing/run-flow.ts'
import { testStepKind } from '../suite.ts'
import { aiagent } from './index.ts'

const sample = {
  type: 'aiagent',
  input_transforms: { user_message: { type: 'static', value: 'hello' } },
  tools: [{ id: 't', value: { tool_type: 'websearch' } }],
}

testStepKind({ kind: aiagent, sample, refused: { 'tools[0].id': { ...sample, tools: [{ id: '' }] } } })

test('it is one job, which is given all that is written of it (F30)', () => {
  const place = flowOf({ modules: [{ id: 'a', value: { ...sample, parallel: true } }] }).places.get('a')
  const bare = flowOf({ modules: [{ id: 'a', value: { type: 'aiagent', input_transforms: {} } }] }).places.get('a')
  expect(bare?.module.value).toMatchObject({ tools: [] })
  expect(place?.kind.job?.runnable(place.module.value)).toEqual({ kind: 'agent', value: { ...sample, parallel: true } })
})
