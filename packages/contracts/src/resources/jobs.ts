import { z } from 'zod'
import { JobFilter } from '../job-filter.ts'
import { CompletedJob, Job, JobEvent, JobUpdate, QueuedJob } from '../job.ts'
import { FlowValue } from '../open-flow.ts'
import { resource, type Reply, type Route } from '../route.ts'
import {
  Args,
  jobResult,
  jobUuid,
  run,
  runProblems,
  RunQuery,
  runStream,
  runStreamGet,
  runWait,
  runWaitGet,
  waitProblems,
  WaitQuery,
} from '../run-routes.ts'
import { Flag, JobId, Json, ScriptHash, Text } from '../shapes.ts'

export const Preview = z.strictObject({
  content: Text.max(5_000_000).nullish(),
  path: Text.nullish(),
  script_hash: ScriptHash.nullish(),
  args: Args.nullish(),
  language: Text.max(50).nullish(),
  tag: Text.max(255).nullish(),
  kind: z.enum(['code', 'identity', 'http']).nullish(),
  dedicated_worker: z.boolean().nullish(),
  lock: Text.nullish(),
  flow_path: Text.nullish(),
  modules: z.record(z.string(), Json).nullish(),
  temp_script_refs: z.record(z.string(), Json).nullish(),
})
export type Preview = z.infer<typeof Preview>

export const BatchJobs = z.looseObject({
  kind: z.enum(['noop', 'script', 'rawscript', 'flow']),
  path: Text.nullish(),
  rawscript: z.looseObject({ content: Text, language: Text.max(50) }).nullish(),
  flow_value: FlowValue.nullish(),
  tag: Text.max(255).nullish(),
})
export type BatchJobs = z.infer<typeof BatchJobs>

/** UTF-16 units of a log or stream. */
const Offset = z.coerce.number().int().min(0).max(2_147_483_647)

const UpdateQuery = z.object({
  running: Flag.optional(),
  log_offset: Offset.optional(),
  stream_offset: Offset.optional(),
  get_progress: Flag.optional(),
  no_logs: Flag.optional(),
  only_result: Flag.optional(),
  fast: Flag.optional(),
})

const byId = z.object({ id: JobId })
const byPath = z.object({ path: Text })
const byHash = z.object({ hash: Text })
const noQuery = z.object({})
/** `NoInfer` keeps the surrounding `resource(…)` from widening the reply to any reply. */
function ofJob<const P extends string, R extends Reply, Q extends z.ZodObject>(
  path: P,
  summary: string,
  reply: R,
  query: Q,
) {
  const kept: NoInfer<R> = reply
  const common = { path, summary, params: byId, query, reply: kept }
  return { method: 'GET', auth: 'user', problems: ['job.not_found'], ...common } as const satisfies Route
}

export const jobs = resource({
  runScriptByPath: run(
    '/w/:workspace/jobs/run/p/*path',
    byPath,
    'Run the newest version of a script; arguments are the body.',
  ),
  runScriptByHash: run('/w/:workspace/jobs/run/h/:hash', byHash, 'Run one version of a script.'),
  runWaitResultScriptByPath: runWait(
    '/w/:workspace/jobs/run_wait_result/p/*path',
    byPath,
    'Run a script and reply its result.',
  ),
  runWaitResultScriptByPathGet: runWaitGet(
    '/w/:workspace/jobs/run_wait_result/p/*path',
    byPath,
    'Run a script with arguments from `payload` and reply its result.',
  ),
  runWaitResultScriptByHash: runWait(
    '/w/:workspace/jobs/run_wait_result/h/:hash',
    byHash,
    'Run one version and reply its result.',
  ),
  runAndStreamScriptByPath: runStream(
    '/w/:workspace/jobs/run_and_stream/p/*path',
    byPath,
    'Run a script and reply a stream of what it says of its result, which ends with the result.',
  ),
  runAndStreamScriptByPathGet: runStreamGet(
    '/w/:workspace/jobs/run_and_stream/p/*path',
    byPath,
    'The same with arguments from `payload`.',
  ),
  runAndStreamScriptByHash: runStream(
    '/w/:workspace/jobs/run_and_stream/h/:hash',
    byHash,
    'Run one version of a script and reply a stream of its result.',
  ),
  runAndStreamScriptByHashGet: runStreamGet(
    '/w/:workspace/jobs/run_and_stream/h/:hash',
    byHash,
    'The same with arguments from `payload`.',
  ),
  runScriptPreview: {
    method: 'POST',
    path: '/w/:workspace/jobs/run/preview',
    summary: 'Run code without deploying it.',
    auth: 'user',
    query: RunQuery,
    body: { kind: 'json', schema: Preview },
    reply: jobUuid,
    problems: runProblems,
  },
  runScriptPreviewAndWaitResult: {
    method: 'POST',
    path: '/w/:workspace/jobs/run_wait_result/preview',
    summary: 'Run code without deploying it and reply its result.',
    auth: 'user',
    query: WaitQuery,
    body: { kind: 'json', schema: Preview },
    reply: jobResult,
    problems: waitProblems,
  },
  addBatchJobs: {
    method: 'POST',
    path: '/w/:workspace/jobs/add_batch_jobs/:n',
    summary: 'Enqueue n equal jobs in one call.',
    auth: 'user',
    params: z.object({ n: z.coerce.number().int().min(1).max(100_000) }),
    body: { kind: 'json', schema: BatchJobs },
    reply: { kind: 'json', status: 200, schema: z.array(z.string()) },
    problems: runProblems,
  },
  listJobs: {
    method: 'GET',
    path: '/w/:workspace/jobs/list',
    summary:
      'Jobs of the workspace: unfinished ones first, then finished ones, newest first; no arguments, logs or results.',
    auth: 'user',
    query: JobFilter,
    reply: { kind: 'json', status: 200, schema: z.array(Job) },
  },
  listQueue: {
    method: 'GET',
    path: '/w/:workspace/jobs/queue/list',
    summary: 'Unfinished jobs, newest first.',
    auth: 'user',
    query: JobFilter,
    reply: { kind: 'json', status: 200, schema: z.array(QueuedJob) },
  },
  listCompletedJobs: {
    method: 'GET',
    path: '/w/:workspace/jobs/completed/list',
    summary: 'Finished jobs, newest first.',
    auth: 'user',
    query: JobFilter,
    reply: { kind: 'json', status: 200, schema: z.array(CompletedJob) },
  },
  getQueueCount: {
    method: 'GET',
    path: '/w/:workspace/jobs/queue/count',
    summary: 'How many jobs are unfinished.',
    auth: 'user',
    query: z.object({ all_workspaces: Flag.optional(), tags: Text.optional() }),
    reply: {
      kind: 'json',
      status: 200,
      schema: z.object({ database_length: z.number(), suspended: z.number().optional() }),
    },
  },
  getCompletedCount: {
    method: 'GET',
    path: '/w/:workspace/jobs/completed/count',
    summary: 'How many jobs are finished and still kept.',
    auth: 'user',
    query: z.object({ tags: Text.optional() }),
    reply: { kind: 'json', status: 200, schema: z.object({ database_length: z.number() }) },
  },
  getJob: ofJob(
    '/w/:workspace/jobs_u/get/:id',
    'A job, finished or not.',
    { kind: 'json', status: 200, schema: Job },
    z.object({ no_logs: Flag.optional(), no_code: Flag.optional() }),
  ),
  getCompletedJob: ofJob(
    '/w/:workspace/jobs_u/completed/get/:id',
    'A finished job; 404 until it has ended.',
    { kind: 'json', status: 200, schema: CompletedJob },
    noQuery,
  ),
  getCompletedJobResult: ofJob(
    '/w/:workspace/jobs_u/completed/get_result/:id',
    'The result alone; 404 until the job has ended.',
    { kind: 'json', status: 200, schema: Json },
    noQuery,
  ),
  getCompletedJobResultMaybe: ofJob(
    '/w/:workspace/jobs_u/completed/get_result_maybe/:id',
    'The result if the job has ended.',
    {
      kind: 'json',
      status: 200,
      schema: z.object({
        completed: z.boolean(),
        result: Json,
        success: z.boolean().optional(),
        started: z.boolean().optional(),
      }),
    },
    z.object({ get_started: Flag.optional() }),
  ),
  getCompletedJobTiming: ofJob(
    '/w/:workspace/jobs_u/completed/get_timing/:id',
    'When the job was created and started, and how long it ran.',
    {
      kind: 'json',
      status: 200,
      schema: z.object({
        created_at: z.string(),
        started_at: z.string().optional(),
        duration_ms: z.number().optional(),
      }),
    },
    noQuery,
  ),
  getJobUpdates: ofJob(
    '/w/:workspace/jobs_u/getupdate/:id',
    'What happened since the offsets; waits briefly when nothing did.',
    { kind: 'json', status: 200, schema: JobUpdate },
    UpdateQuery,
  ),
  getJobUpdatesSse: ofJob(
    '/w/:workspace/jobs_u/getupdate_sse/:id',
    'The same as a stream of events.',
    { kind: 'events', status: 200, schema: JobEvent },
    UpdateQuery,
  ),
  getJobLogs: ofJob(
    '/w/:workspace/jobs_u/get_logs/:id',
    'The whole log.',
    { kind: 'text', status: 200, description: 'The log.' },
    z.object({ remove_ansi_warnings: Flag.optional() }),
  ),
  getJobArgs: ofJob(
    '/w/:workspace/jobs_u/get_args/:id',
    'The arguments.',
    { kind: 'json', status: 200, schema: Json },
    noQuery,
  ),
  getRootJobId: ofJob(
    '/w/:workspace/jobs_u/get_root_job_id/:id',
    'The first ancestor of the job, or itself.',
    { kind: 'json', status: 200, schema: z.string() },
    noQuery,
  ),
  cancelQueuedJob: {
    method: 'POST',
    path: '/w/:workspace/jobs_u/queue/cancel/:id',
    summary: 'Ask a job to end: SIGTERM, then SIGKILL after a grace.',
    auth: 'user',
    params: byId,
    body: { kind: 'json', schema: z.strictObject({ reason: Text.max(1000).nullish() }), optional: true },
    reply: { kind: 'text', status: 200, description: 'The id.' },
    problems: ['job.not_found', 'job.not_pending'],
  },
  forceCancelQueuedJob: {
    method: 'POST',
    path: '/w/:workspace/jobs_u/queue/force_cancel/:id',
    summary: 'End a job at once, without waiting for its worker.',
    auth: 'user',
    params: byId,
    body: { kind: 'json', schema: z.strictObject({ reason: Text.max(1000).nullish() }), optional: true },
    reply: { kind: 'text', status: 200, description: 'The id.' },
    problems: ['job.not_found', 'job.not_pending'],
  },
})
