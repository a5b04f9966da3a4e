import { z } from 'zod'
import { FlowStatus } from './flow-status.ts'
import { FlowValue } from './open-flow.ts'
import { WaitingFor } from './waiting-for.ts'

/** Kinds of jobs as clients know them; an executor is registered for each that this server runs. */
export const JobKind = z.string()

/** The steps that a workflow as code has come to, by their names; one without a duration runs or waits. */
export const WorkflowStatus = z.record(
  z.string(),
  z.object({
    name: z.string(),
    scheduled_for: z.string(),
    started_at: z.string().optional(),
    duration_ms: z.number().optional(),
  }),
)
export type WorkflowStatus = z.infer<typeof WorkflowStatus>

/** The fields that queued and finished jobs share; ids are UUIDs, times ISO-8601. */
const JobBase = z.object({
  workspace_id: z.string(),
  id: z.string(),
  parent_job: z.string().optional(),
  root_job: z.string().optional(),
  created_by: z.string(),
  created_at: z.string(),
  started_at: z.string().optional(),
  script_path: z.string().optional(),
  script_hash: z.string().optional(),
  args: z.unknown().optional(),
  logs: z.string().optional(),
  raw_code: z.string().optional(),
  canceled: z.boolean(),
  canceled_by: z.string().optional(),
  canceled_reason: z.string().optional(),
  job_kind: JobKind,
  schedule_path: z.string().optional(),
  permissioned_as: z.string(),
  is_flow_step: z.boolean(),
  language: z.string().optional(),
  email: z.string(),
  visible_to_owner: z.boolean(),
  /** kB. */
  mem_peak: z.number().optional(),
  tag: z.string(),
  priority: z.number().optional(),
  self_wait_time_ms: z.number().optional(),
  worker: z.string().optional(),
  /** Of a run of a flow: the document that runs, and how far it is. */
  raw_flow: FlowValue.optional(),
  flow_status: FlowStatus.optional(),
  workflow_as_code_status: WorkflowStatus.optional(),
  /** The step of the flow above that it is. */
  flow_step_id: z.string().optional(),
  /** The version of the flow. */
  flow_version: z.number().optional(),
})

/** How far the request to end a running job has come; it is gone when the job is finished. */
export const CancelState = z.object({
  state: z.enum(['asked', 'signalled', 'killed']),
  asked_at: z.string(),
  /** SIGTERM was sent. */
  signalled_at: z.string().optional(),
  /** SIGKILL was sent, after the grace. */
  killed_at: z.string().optional(),
})
export type CancelState = z.infer<typeof CancelState>

export const QueuedJob = JobBase.extend({
  type: z.literal('QueuedJob'),
  scheduled_for: z.string(),
  running: z.boolean(),
  last_ping: z.string().optional(),
  attempt: z.number().optional(),
  cancel: CancelState.optional(),
  /** Events that a run of a flow waits for. */
  suspend: z.number().optional(),
  /** Why it has not ended; lists say it of their first thousand jobs. */
  waiting_for: WaitingFor.optional(),
})
export type QueuedJob = z.infer<typeof QueuedJob>

export const CompletedJob = JobBase.extend({
  type: z.literal('CompletedJob'),
  completed_at: z.string().optional(),
  duration_ms: z.number(),
  success: z.boolean(),
  result: z.unknown().optional(),
  /** Its arguments, result and log are gone, as its script asks for. */
  deleted: z.boolean().optional(),
  /** The run that it ended with, from 2 on: it was tried again before. */
  attempt: z.number().optional(),
  is_skipped: z.boolean(),
  /** CPU time of the whole tree, where the host can tell. */
  cpu_ms: z.number().optional(),
  result_bytes: z.number().optional(),
  log_bytes: z.number().optional(),
})
export type CompletedJob = z.infer<typeof CompletedJob>

export const Job = z.discriminatedUnion('type', [QueuedJob, CompletedJob])
export type Job = z.infer<typeof Job>

/** A failed job's result. */
export const JobError = z.object({
  error: z.looseObject({ name: z.string(), message: z.string(), stack: z.string().optional() }),
})
export type JobError = z.infer<typeof JobError>

/** What a client that follows a job is told. `log_offset` counts UTF-16 units of the log so far. */
export const JobUpdate = z.object({
  running: z.boolean().optional(),
  completed: z.boolean().optional(),
  new_logs: z.string().optional(),
  log_offset: z.number().optional(),
  mem_peak: z.number().optional(),
  progress: z.number().optional(),
  stream_offset: z.number().optional(),
  new_result_stream: z.string().optional(),
  flow_status: FlowStatus.optional(),
  workflow_as_code_status: WorkflowStatus.optional(),
})
export type JobUpdate = z.infer<typeof JobUpdate>

/** An event of the update stream. */
export const JobEvent = z.discriminatedUnion('type', [
  JobUpdate.extend({
    type: z.literal('update'),
    job: z.unknown().optional(),
    only_result: z.unknown().optional(),
  }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('timeout') }),
  z.object({ type: z.literal('not_found') }),
  z.object({ type: z.literal('error'), error: z.string() }),
])
export type JobEvent = z.infer<typeof JobEvent>
