import { describe, expect, test } from 'vitest'
import { parseFlow } from '../../definition/parse-flow.ts'
import { testStepKind } from '../suite.ts'
import { aiagent } from './index.ts'

const value = {
  type: 'aiagent',
  input_transforms: { user_message: { type: 'static', value: 'hello' } },
  tools: [
    {
      id: 't',
      summary: 'add',
      description: 'Adds two numbers.',
      value: { tool_type: 'flowmodule', type: 'script', path: 'f/x/add', input_transforms: { b: { type: 'ai' } } },
    },
    { id: 's', value: { tool_type: 'mcp', resource_path: 'f/x/server', include_tools: ['look'], exclude_tools: [] } },
  ],
}

testStepKind({
  kind: aiagent,
  sample: value,
  refused: {
    input_transforms: { ...value, input_transforms: 3 },
    agent: { ...value, agent: 'f/x/agent' },
    tool_inputs: { ...value, tool_inputs: { t: {} } },
    parallel: { ...value, parallel: 'yes' },
  },
})
