import { Problem } from '@millrace/base/problem'
import { flowRuns as contract, type FlowValue, type RunQuery, type WaitQuery } from '@millrace/contracts'
import { loadFlowUserStates, setFlowUserState } from '@millrace/db/tables/flow-user-state'
import { findJobState } from '@millrace/db/tables/job'
import { mapModules } from '@millrace/flow'
import { flowLockJob, type NewJob } from '@millrace/queue'
import { checkFlow } from '../flows/check-flow.ts'
import { inConversation, type TalkedWith } from '../flows/conversation-turn.ts'
import { flowCall, flowPreviewJob, hasEarlyReturn, isChat, type WhichFlow } from '../flows/flow-job.ts'
import { loadDebugInfo } from '../flows/debug-info.ts'
import { restartPreview, restartRun } from '../flows/restart.ts'
import { loadTreeLogs, loadTreeResults } from '../flows/flow-tree.ts'
import { implement, RawJson, type WorkspaceContext } from '../http/implement.ts'
import type { ArgsBody } from '../http/read-body.ts'
import { enqueueCall } from '../jobs/enqueue-call.ts'
import { pickHeaders, readArgs } from '../jobs/read-args.ts'
import { runAndStream, type StreamWish } from '../jobs/run-and-stream.ts'
import { runAndWait } from '../jobs/wait-result.ts'
import { lockedFor } from '../scripts/locked-for.ts'

export const flowRuns = implement(contract, {
  runFlowByPath: {
    may: 'flow.run',
    run: async (cx, { path, query, body }) => await callFlow(cx, { path }, query, body),
  },
  runFlowByVersion: {
    may: 'flow.run',
    run: async (cx, { version, query, body }) => await callFlow(cx, { version }, query, body),
  },
  runWaitResultFlowByPath: {
    may: 'flow.run',
    run: async (cx, { path, query, body }) => await callAndWait(cx, { path }, query, body),
  },
  runWaitResultFlowByPathGet: {
    may: 'flow.run',
    run: async (cx, { path, query }) => await callAndWait(cx, { path }, query),
  },
  runWaitResultFlowByVersion: {
    may: 'flow.run',
    run: async (cx, { version, query, body }) => await callAndWait(cx, { version }, query, body),
  },
  runWaitResultFlowByVersionGet: {
    may: 'flow.run',
    run: async (cx, { version, query }) => await callAndWait(cx, { version }, query),
  },
  runAndStreamFlowByPath: {
    may: 'flow.run',
    run: async (cx, { path, query, body }) => await callAndStream(cx, { path }, query, body),
  },
  runAndStreamFlowByPathGet: {
    may: 'flow.run',
    run: async (cx, { path, query }) => await callAndStream(cx, { path }, query),
  },
  runAndStreamFlowByVersion: {
    may: 'flow.run',
    run: async (cx, { version, query, body }) => await callAndStream(cx, { version }, query, body),
  },
  runAndStreamFlowByVersionGet: {
    may: 'flow.run',
    run: async (cx, { version, query }) => await callAndStream(cx, { version }, query),
  },
  runFlowPreview: {
    may: 'job.preview',
    async run(cx, { query, body }) {
      const job = await flowPreviewJob(cx, body, query, pickHeaders(cx.request, query.include_header))
      if (body.restarted_from) return await restartPreview(cx, job, body, body.restarted_from)
      return await inConversation(cx, tested(job, body.value), (turn) => enqueueCall(cx, turn))
    },
  },
  runFlowPreviewAndWaitResult: {
    may: 'job.preview',
    async run(cx, { query, body }) {
      if (body.restarted_from)
        throw new Problem('request.invalid', 'A restarted preview is not waited for: send it to jobs/run/preview_flow.')
      const headers = pickHeaders(cx.request, query.include_header)
      const wish = { ...query, returnsEarly: hasEarlyReturn(body.value) }
      const job = await flowPreviewJob(cx, body, query, headers)
      return await inConversation(cx, tested(job, body.value), (turn) => runAndWait(cx, turn, wish))
    },
  },
  restartFlowAtStep: { may: 'flow.run', run: (cx, { id, query, body }) => restartRun(cx, id, body, query) },
  restartFlowAtPlace: {
    may: 'flow.run',
    run: (cx, { id, step, n, query }) => restartRun(cx, id, { step_id: step, branch_or_iteration_n: n }, query),
  },
  getFlowDebugInfo: { may: 'job.read', run: (cx, { id }) => loadDebugInfo(cx, id) },
  getFlowAllLogs: {
    may: 'job.read',
    async run(cx, { id }) {
      const logs = await loadTreeLogs(cx, id)
      return logs.map((job) => `--- ${job.label} (${job.kind} ${job.job_id}) ---\n${withNewline(job.logs)}`).join('\n')
    },
  },
  getFlowAllLogsStructured: { may: 'job.read', run: (cx, { id }) => loadTreeLogs(cx, id) },
  getFlowAllResults: { may: 'job.read', run: (cx, { id, query }) => loadTreeResults(cx, id, query) },
  runFlowDependenciesAsync: {
    may: 'job.preview',
    async run(cx, { body }) {
      checkFlow(body.flow_value)
      const { flow_value: value, use_local_lockfiles: keepsLocks } = body
      const sent = keepsLocks ? value : withoutLocks(value)
      const flow = { workspaceId: cx.workspace, path: body.path || 'preview', args: { flow_value: sent } }
      return await enqueueCall(cx, flowLockJob(flow, lockedFor(cx)))
    },
  },
  setFlowUserState: {
    may: 'flow.keep_state',
    async run(cx, { id, key, body }) {
      await requireJob(cx, id)
      const state = { flowJob: id, key, value: JSON.stringify(body ?? null) }
      await cx.inside((tx) => setFlowUserState(tx, cx.workspace, state))
      return `${key} of ${id} is kept`
    },
  },
  getFlowUserState: {
    may: 'job.read',
    async run(cx, { id, key }) {
      await requireJob(cx, id)
      const states = await cx.inside((tx) => loadFlowUserStates(tx, cx.workspace, id))
      return new RawJson(states.get(key) ?? 'null')
    },
  },
})

/** So that all are made anew. */
function withoutLocks(value: FlowValue): unknown {
  return mapModules(value, ({ value: { lock, ...step } }) => (lock === undefined ? undefined : step))
}

async function callFlow(cx: WorkspaceContext, which: WhichFlow, query: RunQuery, body?: ArgsBody) {
  const call = await flowCall(cx, which, query, readArgs(cx.request, query, body))
  return await inConversation(cx, { ...call, isTest: false }, (turn) => enqueueCall(cx, turn))
}

async function callAndWait(cx: WorkspaceContext, which: WhichFlow, query: WaitQuery, body?: ArgsBody) {
  const { returnsEarly, ...call } = await flowCall(cx, which, query, readArgs(cx.request, query, body))
  const wish = { ...query, returnsEarly }
  return await inConversation(cx, { ...call, isTest: false }, (turn) => runAndWait(cx, turn, wish))
}

async function callAndStream(cx: WorkspaceContext, which: WhichFlow, query: RunQuery & StreamWish, body?: ArgsBody) {
  const call = await flowCall(cx, which, query, readArgs(cx.request, query, body))
  return await inConversation(cx, { ...call, isTest: false }, (turn) => runAndStream(cx, turn, query))
}

function tested(job: NewJob, value: FlowValue): TalkedWith {
  return { job, isChat: isChat(value), isTest: true }
}

async function requireJob(cx: WorkspaceContext, id: string): Promise<void> {
  if (await cx.inside((tx) => findJobState(tx, cx.workspace, id))) return
  throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
