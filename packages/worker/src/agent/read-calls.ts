import { mayHaveReferences } from '@millrace/vault'
import type { ToolCall } from './journal.ts'
import type { OfferedTool } from './offered-tools.ts'
import type { AssistantMessage } from './protocols/model-protocol.ts'
import { findFaults } from './structured-output.ts'

/** Tools that are run for one answer of a model at the most. */
const CALLS_MAX = 128

/** Which tools a model means, and with what; what cannot be run has an error that is told to it. */
export function readCalls({ tool_calls: calls = [] }: AssistantMessage, tools: readonly OfferedTool[]): ToolCall[] {
  return calls.map(({ id, function: { name, arguments: text } }, nth) => {
    const call = { id, name }
    if (nth >= CALLS_MAX) return { ...call, error: `Not run: at most ${CALLS_MAX} tools are run for one answer.` }
    const tool = tools.find((each) => each.told.name === name)
    if (!tool) return { ...call, error: unknownTool(name, tools) }
    const args = parseArguments(text)
    if (typeof args === 'string') return { ...call, error: args }
    const faults = findFaults(tool.told.parameters, args)
    if (faults.length > 0)
      return { ...call, arguments: args, error: `The arguments do not fit: ${faults.join('; ')}. Call it again.` }
    const server = tool.serverTool === undefined ? {} : { server_tool: tool.serverTool }
    return { ...call, tool: tool.id, ...server, arguments: args }
  })
}

function unknownTool(name: string, tools: readonly OfferedTool[]): string {
  const names = tools.map(({ told }) => told.name).join(', ')
  return names === ''
    ? `There is no tool ${name}: there are no tools.`
    : `There is no tool ${name}: there are ${names}.`
}

/** The arguments, or what is wrong with them. A model may not name what only whoever runs the flow may see. */
function parseArguments(text: string): Readonly<Record<string, unknown>> | string {
  let value: unknown
  try {
    value = JSON.parse(text.trim() === '' ? '{}' : text)
  } catch {
    return 'The arguments are no JSON. Call it again with a JSON object.'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'The arguments are no object. Call it again with a JSON object.'
  if (mayHaveReferences(JSON.stringify(value)))
    return 'An argument begins with $var: or $res:, which stands for an item of the workspace: that is not for a model to name.'
  return { ...value }
}
