import { err, type Result } from '@millrace/base/result'
import { AGENT_KIND } from '@millrace/flow'
import { errorResult, type ClaimedJob, type Outcome, type RunContext } from '@millrace/queue'
import { z } from 'zod'
import type { AgentTools } from '../agent/agent-tools.ts'
import { callModel } from '../agent/call-model.ts'
import type { AgentFault } from '../agent/fault.ts'
import type { Resolve } from '../agent/inputs.ts'
import { openServer } from '../agent/servers/open-server.ts'
import { resolveReferences } from '../resolve-args.ts'
import type { Executor } from './executor.ts'

/** What is kept as the code of such a job. */
const Call = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('model') }),
  z.object({ kind: z.literal('mcp'), resource: z.string(), tool: z.string() }),
])

/** Calls models, and tools of servers, for the agents of flows: the one place from which a worker speaks to either. */
export function agent(tools: AgentTools): Executor {
  return {
    kind: AGENT_KIND,
    async execute(job, context) {
      const timeoutMs = job.timeoutMs ?? tools.timeoutMs
      const limit = AbortSignal.timeout(timeoutMs)
      const called = await call(tools, job, context, AbortSignal.any([context.signal, limit]))
      if (called.ok) return { status: 'success', resultJson: JSON.stringify(called.value ?? null) }
      if (limit.aborted && !context.signal.aborted)
        return failure({ name: 'TimeoutError', message: `timed out after ${timeoutMs / 1000} s` })
      return failure(called.error)
    },
  }
}

async function call(
  tools: AgentTools,
  job: ClaimedJob,
  context: RunContext,
  signal: AbortSignal,
): Promise<Result<unknown, AgentFault>> {
  const resolve: Resolve = (values) => resolveReferences(tools, job, values)
  const sending = { signal, onLog: (text: string) => context.log.write(text) }
  const step = parseCall(job)
  if (!step) return err({ name: 'NotAnAgent', message: 'This job calls no model: agents are steps of flows.' })
  if (step.kind === 'model') return await callModel({ tools, job, resolve, sending })
  const server = await openServer(step.resource, resolve, sending)
  return server.ok ? await server.value.callTool(step.tool, JSON.parse(job.argsJson ?? '{}')) : server
}

function parseCall({ rawCode, options }: ClaimedJob): z.infer<typeof Call> | undefined {
  if (rawCode === undefined || options.step === undefined) return undefined
  return Call.safeParse(JSON.parse(rawCode)).data
}

function failure({ name, message }: AgentFault): Outcome {
  return { status: 'failure', resultJson: errorResult(name, message) }
}
