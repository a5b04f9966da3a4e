import type { AgentAction } from '@millrace/contracts'
import type { ViewedChild } from './view-frame.ts'

/** Of an agent that was run again the calls of its last run; those of the runs before it are told by the call that they failed with. */
export function lastRun(children: readonly ViewedChild[]): {
  readonly calls: readonly ViewedChild[]
  readonly failedWith: readonly ViewedChild[]
} {
  const runs = Map.groupBy(children, ({ failures }) => failures)
  const last = Math.max(0, ...runs.keys())
  const before = [...runs].filter(([failures]) => failures < last)
  return {
    calls: runs.get(last) ?? [],
    failedWith: before.flatMap(([, calls]) => calls.slice(-1)),
  }
}

/** What an agent did, in the order of its calls. */
export function agentActions(calls: readonly ViewedChild[]) {
  if (calls.length === 0) return {}
  const over = calls.slice(0, calls.findLastIndex(({ status }) => status !== undefined) + 1)
  return {
    agent_actions: calls.map(toAction),
    agent_actions_success: over.map(({ status }) => status === 'success' || status === 'skipped'),
  }
}

function toAction({ id, called }: ViewedChild): AgentAction {
  if (!called) return { type: 'message', job_id: id }
  const { tool, name, resource } = called
  if (resource === undefined) return { type: 'tool_call', job_id: id, function_name: name, module_id: tool }
  return { type: 'mcp_tool_call', call_id: id, job_id: id, function_name: name, resource_path: resource }
}
