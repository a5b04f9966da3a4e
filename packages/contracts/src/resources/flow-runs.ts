import { z } from 'zod'
import { FlowPlace, FlowValue, RestartedFrom } from '../open-flow.ts'
import { resource, type Reply } from '../route.ts'
import { Args, jobResult, jobUuid, run, runProblems, RunQuery, runStream, runStreamGet } from '../run-routes.ts'
import { runWait, runWaitGet, waitProblems, WaitQuery } from '../run-routes.ts'
import { JobId, Json, Text } from '../shapes.ts'

/** A flow that is not deployed. */
export const FlowPreview = z.looseObject({
  value: FlowValue,
  path: Text.max(255).nullish(),
  args: Args.nullish(),
  tag: Text.max(255).nullish(),
  restarted_from: RestartedFrom.nullish(),
})
export type FlowPreview = z.infer<typeof FlowPreview>

/** Where a run that has ended is started again; steps before are taken over. */
export const FlowRestart = FlowPlace.extend({
  /** The newest version instead of the one that ran, when absent. */
  flow_version: z.number().int().min(1).nullish(),
  /** Steps inside of the one before, from the outside in. */
  nested_path: z.array(FlowPlace).max(100).nullish(),
})
export type FlowRestart = z.infer<typeof FlowRestart>

/** A job of the tree of a run. */
const FlowJobPlace = z.object({
  job_id: z.string(),
  label: z.string(),
  kind: z.string(),
  flow_step_id: z.string().nullable(),
  /** Ids of the steps down to it, such as `a/b`. */
  step_path: z.string().nullable(),
  depth: z.number(),
  parent_module_type: z.string().nullable(),
  /** From 1, among the jobs of the same step. */
  sibling_index: z.number(),
  sibling_count: z.number(),
})

export const FlowJobLogs = FlowJobPlace.extend({ logs: z.string() })
export type FlowJobLogs = z.infer<typeof FlowJobLogs>

export const FlowJobResult = FlowJobPlace.extend({
  status: z.enum(['success', 'failure', 'canceled', 'skipped', 'suspended', 'running', 'queued']),
  success: z.boolean().optional(),
  created_at: z.string(),
  duration_ms: z.number().optional(),
  started_at: z.string().optional(),
  result_prefix: z.string().optional(),
  result_len: z.number().optional(),
  truncated: z.boolean().optional(),
})
export type FlowJobResult = z.infer<typeof FlowJobResult>

export const FlowJobResults = z.object({
  /** The run that the job is a step of. */
  enclosing_job: z.string().optional(),
  entries: z.array(FlowJobResult),
  truncated: z.boolean().optional(),
  scope_filtered: z.boolean().optional(),
  step_error: z.string().optional(),
})
export type FlowJobResults = z.infer<typeof FlowJobResults>

const byPath = z.object({ path: Text })
const byVersion = z.object({ version: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) })
const byId = z.object({ id: JobId })
const byKey = z.object({ id: JobId, key: Text.min(1).max(255) })
const ofFlows = ['flow.not_found', 'flow.invalid', 'flow_conversation.not_found', 'flow_conversation.busy'] as const
const flowProblems = [...runProblems, ...ofFlows] as const
const flowWaitProblems = [...waitProblems, ...ofFlows] as const
const noJob = ['job.not_found', 'flow_run.not_found'] as const
const anyJson = { kind: 'json', status: 200, schema: Json } as const satisfies Reply

export const flowRuns = resource({
  runFlowByPath: {
    ...run('/w/:workspace/jobs/run/f/*path', byPath, 'Run the version of a flow that serves; arguments are the body.'),
    problems: flowProblems,
  },
  runFlowByVersion: {
    ...run('/w/:workspace/jobs/run/fv/:version', byVersion, 'Run one version of a flow.'),
    problems: flowProblems,
  },
  runWaitResultFlowByPath: {
    ...runWait('/w/:workspace/jobs/run_wait_result/f/*path', byPath, 'Run a flow and reply its result.'),
    problems: flowWaitProblems,
  },
  runWaitResultFlowByPathGet: {
    ...runWaitGet('/w/:workspace/jobs/run_wait_result/f/*path', byPath, 'The same with arguments from `payload`.'),
    problems: flowWaitProblems,
  },
  runWaitResultFlowByVersion: {
    ...runWait('/w/:workspace/jobs/run_wait_result/fv/:version', byVersion, 'Run one version and reply its result.'),
    problems: flowWaitProblems,
  },
  runWaitResultFlowByVersionGet: {
    ...runWaitGet('/w/:workspace/jobs/run_wait_result/fv/:version', byVersion, 'The same with `payload`.'),
    problems: flowWaitProblems,
  },
  runAndStreamFlowByPath: {
    ...runStream('/w/:workspace/jobs/run_and_stream/f/*path', byPath, 'Run a flow and reply a stream to its result.'),
    problems: flowWaitProblems,
  },
  runAndStreamFlowByPathGet: {
    ...runStreamGet('/w/:workspace/jobs/run_and_stream/f/*path', byPath, 'The same with arguments from `payload`.'),
    problems: flowWaitProblems,
  },
  runAndStreamFlowByVersion: {
    ...runStream('/w/:workspace/jobs/run_and_stream/fv/:version', byVersion, 'The same for one version.'),
    problems: flowWaitProblems,
  },
  runAndStreamFlowByVersionGet: {
    ...runStreamGet('/w/:workspace/jobs/run_and_stream/fv/:version', byVersion, 'The same with `payload`.'),
    problems: flowWaitProblems,
  },
  runFlowPreview: {
    method: 'POST',
    path: '/w/:workspace/jobs/run/preview_flow',
    summary: 'Run a flow without deploying it.',
    auth: 'user',
    query: RunQuery,
    body: { kind: 'json', schema: FlowPreview },
    reply: jobUuid,
    problems: [...flowProblems, 'flow_run.not_found', 'flow_run.step_not_found'],
  },
  runFlowPreviewAndWaitResult: {
    method: 'POST',
    path: '/w/:workspace/jobs/run_wait_result/preview_flow',
    summary: 'Run a flow without deploying it and reply its result.',
    auth: 'user',
    query: WaitQuery,
    body: { kind: 'json', schema: FlowPreview },
    reply: jobResult,
    problems: [...flowWaitProblems, 'flow_run.not_found', 'flow_run.step_not_found'],
  },
  restartFlowAtStep: {
    method: 'POST',
    path: '/w/:workspace/jobs/restart/f/:id',
    summary: 'Run a flow again from one of its steps on, with what the steps before it gave.',
    auth: 'user',
    params: byId,
    query: RunQuery,
    body: { kind: 'json', schema: FlowRestart },
    reply: jobUuid,
    problems: [...flowProblems, 'flow_run.not_found', 'flow_run.not_ended', 'flow_run.step_not_found'],
  },
  restartFlowAtPlace: {
    method: 'POST',
    path: '/w/:workspace/jobs/restart/f/:id/from/:step/:n',
    summary: 'The same with the step and its iteration or branch in the address.',
    auth: 'user',
    params: z.object({
      id: JobId,
      step: Text.min(1).max(255),
      n: z.coerce.number().int().min(0).max(2_147_483_647),
    }),
    query: RunQuery,
    reply: jobUuid,
    problems: [...flowProblems, 'flow_run.not_found', 'flow_run.not_ended', 'flow_run.step_not_found'],
  },
  getFlowDebugInfo: {
    method: 'GET',
    path: '/w/:workspace/jobs_u/get_flow_debug_info/:id',
    summary: 'A run and the newest jobs of its steps, by their ids.',
    auth: 'user',
    params: byId,
    reply: anyJson,
    problems: noJob,
  },
  getFlowAllLogs: {
    method: 'GET',
    path: '/w/:workspace/jobs_u/get_flow_all_logs/:id',
    summary: 'The logs of a run and of everything below it, each under its name.',
    auth: 'user',
    params: byId,
    reply: { kind: 'text', status: 200, description: 'The logs.' },
    problems: noJob,
  },
  getFlowAllLogsStructured: {
    method: 'GET',
    path: '/w/:workspace/jobs_u/get_flow_all_logs_structured/:id',
    summary: 'The same as a list.',
    auth: 'user',
    params: byId,
    reply: { kind: 'json', status: 200, schema: z.array(FlowJobLogs) },
    problems: noJob,
  },
  getFlowAllResults: {
    method: 'GET',
    path: '/w/:workspace/jobs_u/get_flow_all_results/:id',
    summary:
      'The state and the start of the result of a run and of everything below it, or of one `step` such as `b[2]/c`.',
    auth: 'user',
    params: byId,
    query: z.object({
      max_result_len: z.coerce.number().int().min(0).max(30_000).optional(),
      step: Text.max(1000).optional(),
    }),
    reply: { kind: 'json', status: 200, schema: FlowJobResults },
    problems: noJob,
  },
  setFlowUserState: {
    method: 'POST',
    path: '/w/:workspace/jobs/flow/user_states/:id/:key',
    summary: 'Keep a value under a key of a run of a flow.',
    auth: 'user',
    params: byKey,
    body: { kind: 'json', schema: Json, optional: true },
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: noJob,
  },
  getFlowUserState: {
    method: 'GET',
    path: '/w/:workspace/jobs/flow/user_states/:id/:key',
    summary: 'The value under a key of a run of a flow; null where there is none.',
    auth: 'user',
    params: byKey,
    reply: anyJson,
    problems: noJob,
  },
  runFlowDependenciesAsync: {
    method: 'POST',
    path: '/w/:workspace/jobs/run/flow_dependencies_async',
    summary: 'Lock the inline scripts of a document; the result of the job has it as `updated_flow_value`.',
    auth: 'user',
    body: {
      kind: 'json',
      schema: z.looseObject({
        path: Text.max(255).nullish(),
        flow_value: FlowValue,
        use_local_lockfiles: z.boolean().nullish(),
        raw_workspace_dependencies: z.record(z.string(), Text).nullish(),
      }),
    },
    reply: jobUuid,
    problems: ['flow.invalid'],
  },
})
