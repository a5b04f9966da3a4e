import { z } from 'zod'
import { JobFilter } from '../job-filter.ts'
import { resource, type Reply } from '../route.ts'
import { Flag, JobId, Json, Text } from '../shapes.ts'
import { WaitingFor } from '../waiting-for.ts'

const IDS_MAX = 100_000
const Ids = z.array(JobId).max(IDS_MAX)
const byId = z.object({ id: JobId })
const idList = { kind: 'json', status: 200, schema: z.array(z.string()) } as const satisfies Reply
const Reason = z.strictObject({ reason: Text.max(1000).nullish() })

/** An argument that a rerun sets; only static ones can be. */
const InputTransform = z.looseObject({ type: z.string(), value: Json.optional() })

const RerunOptions = z.looseObject({
  /** Instead of the version that ran. */
  use_latest_version: z.boolean().nullish(),
  input_transforms: z.record(z.string(), InputTransform).nullish(),
})
export type RerunOptions = z.infer<typeof RerunOptions>

export const BatchRerun = z.looseObject({
  job_ids: Ids,
  script_options_by_path: z.record(z.string(), RerunOptions).nullish(),
  flow_options_by_path: z.record(z.string(), RerunOptions).nullish(),
})
export type BatchRerun = z.infer<typeof BatchRerun>

export const jobQueue = resource({
  whyWaiting: {
    method: 'GET',
    path: '/w/:workspace/jobs/why_waiting/:id',
    summary: 'The one cause for which an unfinished job has not ended.',
    auth: 'user',
    params: byId,
    reply: { kind: 'json', status: 200, schema: WaitingFor },
    problems: ['job.not_found', 'job.not_pending'],
  },
  cancelSelection: {
    method: 'POST',
    path: '/w/:workspace/jobs/queue/cancel_selection',
    summary: 'Cancel jobs and all unfinished jobs below them; the ids of those that were ended or asked to end.',
    auth: 'user',
    query: z.object({ force_cancel: Flag.optional(), all_workspaces: Flag.optional() }),
    body: { kind: 'json', schema: Ids },
    reply: idList,
  },
  cancelPersistentQueuedJobs: {
    method: 'POST',
    path: '/w/:workspace/jobs_u/queue/cancel_persistent/*path',
    summary: 'Cancel all unfinished jobs of a script, so that none restarts.',
    auth: 'user',
    params: z.object({ path: Text.max(255) }),
    body: { kind: 'json', schema: Reason, optional: true },
    reply: { kind: 'text', status: 200, description: 'How many were cancelled, as a sentence.' },
  },
  runQueuedJobNow: {
    method: 'POST',
    path: '/w/:workspace/jobs/queue/run_now/:id',
    summary: 'Let a job that is due later begin now.',
    auth: 'user',
    params: byId,
    reply: { kind: 'text', status: 200, description: 'The id.' },
    problems: ['job.not_found', 'job.not_pending', 'job.not_scheduled'],
  },
  getQueuePosition: {
    method: 'GET',
    path: '/w/:workspace/jobs/queue/position/:scheduled_for',
    summary:
      'How many jobs of the workspace were due before an instant (milliseconds since 1970) and still wait, itself included.',
    auth: 'user',
    params: z.object({ scheduled_for: z.coerce.number().int().min(0).max(8_640_000_000_000_000) }),
    reply: { kind: 'json', status: 200, schema: z.object({ position: z.number().optional() }) },
  },
  getScheduledFor: {
    method: 'GET',
    path: '/w/:workspace/jobs/queue/scheduled_for/:id',
    summary: 'When an unfinished job is or was due, in milliseconds since 1970.',
    auth: 'user',
    params: byId,
    reply: { kind: 'json', status: 200, schema: z.number() },
    problems: ['job.not_found'],
  },
  getStartedAtByIds: {
    method: 'POST',
    path: '/w/:workspace/jobs_u/queue/get_started_at_by_ids',
    summary: 'When each of the jobs began, in the order of the ids; null for those that have not or are not there.',
    auth: 'user',
    body: { kind: 'json', schema: Ids },
    reply: { kind: 'json', status: 200, schema: z.array(z.string().nullable()) },
  },
  listFilteredJobsUuids: {
    method: 'GET',
    path: '/w/:workspace/jobs/list_filtered_uuids',
    summary: 'Ids of jobs, unfinished ones first, newest first; 1,000 a page unless told.',
    auth: 'user',
    query: JobFilter,
    reply: idList,
  },
  listFilteredQueueUuids: {
    method: 'GET',
    path: '/w/:workspace/jobs/queue/list_filtered_uuids',
    summary: 'Ids of unfinished jobs, newest first; 1,000 a page unless told.',
    auth: 'user',
    query: JobFilter,
    reply: idList,
  },
  batchReRunJobs: {
    method: 'POST',
    path: '/w/:workspace/jobs/run/batch_rerun_jobs',
    summary: 'Run finished jobs again with the same arguments; one line for each: its new id, or what is wrong.',
    auth: 'user',
    body: { kind: 'json', schema: BatchRerun },
    reply: {
      kind: 'custom',
      status: 200,
      description: 'Lines in the order of the ids, sent as the jobs are enqueued.',
      otherStatuses: [],
    },
  },
})
