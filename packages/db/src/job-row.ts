import { sql } from 'kysely'

/** A job with its place in the queue or its outcome; `state` is null once it has ended, `status` until then. */
export interface JobRow {
  readonly id: string
  readonly workspace_id: string
  readonly kind: string
  readonly script_path: string | null
  readonly script_hash: string | null
  readonly language: string | null
  readonly tag: string
  readonly created_by: string
  readonly email: string
  readonly permissioned_as: string
  readonly created_at: Date
  readonly parent_job: string | null
  readonly root_job: string | null
  readonly flow_step_id: string | null
  readonly trigger_kind: string | null
  /** Of a run of a deployed flow. */
  readonly flow_version: number | null
  readonly priority: number
  readonly visible_to_owner: boolean
  /** Its arguments, result and log were deleted, as its script asks for; whoever runs code has arguments until then. */
  readonly is_erased: boolean
  readonly state: string | null
  readonly due_at: Date | null
  readonly queue_attempt: number | null
  readonly queue_started_at: Date | null
  /** Answers that are missing of people, where a run of a flow waits for nothing else. */
  readonly answers_missing: number | null
  readonly worker_name: string | null
  readonly worker_seen_at: Date | null
  readonly cancel_by: string | null
  readonly cancel_reason: string | null
  readonly cancel_asked_at: Date | null
  readonly cancel_signalled_at: Date | null
  readonly cancel_killed_at: Date | null
  readonly status: string | null
  readonly outcome_attempt: number | null
  readonly started_at: Date | null
  readonly finished_at: Date | null
  readonly duration_ms: number | null
  readonly wait_ms: number | null
  readonly worker: string | null
  readonly memory_peak_bytes: number | null
  readonly cpu_ms: number | null
  readonly result_bytes: number | null
  readonly log_bytes: number | null
  readonly canceled_by: string | null
  readonly canceled_reason: string | null
}

/** The result as JSON text, from `job_outcome o`: in its row, or in pieces. */
export const WHOLE_RESULT = sql`case when o.result_pieces is null then o.result::text else (
  select string_agg(r.chunk, '' order by r.seq) from job_result r
  where r.job_id = o.id and r.attempt = o.attempt and r.seq < o.result_pieces) end`

/** The columns of a `JobRow`, from `job j` with `job_queue q`, `worker w`, `job_cancel c` and `job_outcome o` beside it. */
export const JOB_FIELDS = sql`j.id, j.workspace_id, j.kind, j.script_path, j.script_hash, j.language, j.tag, j.created_by, j.email,
  j.permissioned_as, j.created_at, j.parent_job, j.root_job, j.flow_step_id, (j.options->>'flowVersion')::float8 as flow_version, j.trigger_kind, j.priority, j.visible_to_owner,
  (j.args is null and j.language is not null) as is_erased, q.state, q.due_at, q.attempt as queue_attempt, q.started_at as queue_started_at,
  case when q.has_sequel and q.state in ('suspended', 'scheduled') then (flow_awaited(q.id, coalesce(j.root_job, j.id))->>'missing')::integer end as answers_missing,
  w.name as worker_name,
  w.last_seen_at as worker_seen_at, c.canceled_by as cancel_by, c.reason as cancel_reason,
  c.asked_at as cancel_asked_at, c.signalled_at as cancel_signalled_at, c.killed_at as cancel_killed_at,
  o.status, o.attempt as outcome_attempt, o.started_at, o.finished_at, o.duration_ms, o.wait_ms, o.worker, o.memory_peak_bytes, o.cpu_ms, o.result_bytes, o.log_bytes, o.canceled_by,
  o.canceled_reason`
