import { z } from 'zod'
import { FlowValue } from './open-flow.ts'
import { Instant, JobId, Json, Text } from './shapes.ts'

const Name = Text.min(1).max(255)
const Count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** What waiting and finished jobs share; what other servers add to it is passed over. */
const ExportableJob = z.object({
  id: JobId,
  /** Left out where that job is one of another workspace; so is `root_job`. */
  parent_job: JobId.nullish(),
  root_job: JobId.nullish(),
  created_by: Name,
  created_at: Instant,
  started_at: Instant.nullish(),
  script_path: Name.nullish(),
  script_hash: Text.max(64).nullish(),
  args: z.record(z.string(), Json).nullish(),
  raw_code: Text.nullish(),
  raw_lock: Text.nullish(),
  /** Of a run of a flow that is not deployed. */
  raw_flow: FlowValue.nullish(),
  job_kind: z.string().regex(/^[a-z][a-z_]{0,49}$/, 'must be the kind of a job, such as script or flow'),
  /** Path of what started it. */
  trigger: Name.nullish(),
  trigger_kind: z
    .string()
    .regex(/^[a-z][a-z_]{0,49}$/)
    .nullish(),
  permissioned_as: z.string().regex(/^[ug]\/[^\0/]{1,250}$/, 'must read u/<user> or g/<group>'),
  language: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,49}$/)
    .nullish(),
  email: Name,
  visible_to_owner: z.boolean(),
  tag: Name.nullish(),
  priority: z.number().int().min(0).max(100).nullish(),
  is_flow_step: z.boolean().nullish(),
  flow_step_id: Name.nullish(),
  /** Seconds. */
  timeout: z.number().int().min(0).max(2_147_483).nullish(),
  cache_ttl: z.number().int().min(0).max(2_147_483_647).nullish(),
  /** The limit of its script, for information: the limits of the script that is there hold. */
  concurrent_limit: z.number().nullish(),
  concurrency_time_window_s: z.number().nullish(),
  memory_id: Name.nullish(),
})

/** A job that waits and has not begun, with everything that it takes to ask for it again. */
export const ExportableQueuedJob = ExportableJob.extend({
  scheduled_for: Instant.nullish(),
})
export type ExportableQueuedJob = z.infer<typeof ExportableQueuedJob>

/** A job that has ended, whole. */
export const ExportableCompletedJob = ExportableJob.extend({
  completed_at: Instant,
  duration_ms: Count.nullish(),
  self_wait_time_ms: Count.nullish(),
  status: z.enum(['success', 'failure', 'canceled', 'skipped']),
  result: Json.optional(),
  logs: Text.nullish(),
  canceled_by: Name.nullish(),
  canceled_reason: Text.max(5000).nullish(),
  /** The run that it ended with; 0 where it never began. */
  attempt: z.number().int().min(0).max(32_767).nullish(),
  /** kB. */
  mem_peak: Count.nullish(),
  cpu_ms: Count.nullish(),
  worker: Name.nullish(),
})
export type ExportableCompletedJob = z.infer<typeof ExportableCompletedJob>
