import type { CancelState, CompletedJob, Job, QueuedJob } from '@millrace/contracts'
import type { JobRow, WholeJobRow } from '@millrace/db/tables/job'
import { frameKinds } from '@millrace/queue'

/** A job as clients see it, without payloads. */
export function toJob(row: JobRow): Job {
  return row.status === null ? toQueuedJob(row) : toCompletedJob(row)
}

/** With arguments, code and result. */
export function toWholeJob(
  row: WholeJobRow,
  wish: { readonly noCode?: boolean | undefined; readonly logs?: string },
): Job {
  const job = toJob(row)
  const large = {
    ...(row.args !== null && { args: parse(row.args) }),
    ...(row.raw_code !== null && !wish.noCode && row.language !== null && { raw_code: row.raw_code }),
    ...(wish.logs !== undefined && { logs: wish.logs }),
  }
  return job.type === 'QueuedJob' ? { ...job, ...large } : { ...job, ...large, result: parse(row.result ?? 'null') }
}

export function toQueuedJob(row: JobRow): QueuedJob {
  return {
    type: 'QueuedJob',
    ...base(row),
    ...(row.queue_started_at && { started_at: row.queue_started_at.toISOString() }),
    scheduled_for: (row.due_at ?? row.created_at).toISOString(),
    running: isBegun(row),
    ...(row.answers_missing !== null && { suspend: row.answers_missing }),
    ...(row.worker_seen_at && { last_ping: row.worker_seen_at.toISOString() }),
    ...(row.queue_attempt !== null && { attempt: row.queue_attempt }),
    ...toCancelState(row),
    canceled: row.cancel_by !== null,
    ...(row.cancel_by !== null && { canceled_by: row.cancel_by }),
    ...(row.cancel_reason !== null && { canceled_reason: row.cancel_reason }),
    ...(row.worker_name !== null && { worker: row.worker_name }),
  }
}

/** Whether a job runs; a flow or a workflow does as long as it waits for its steps or for time, and not while it waits for people. */
export function isBegun({ kind, state, queue_started_at: startedAt, answers_missing: missing }: JobRow): boolean {
  const isAwaiting = state === 'suspended' || state === 'scheduled' || (state !== null && frameKinds.has(kind))
  return state === 'running' || (isAwaiting && startedAt !== null && missing === null)
}

function toCancelState(row: JobRow): { cancel?: CancelState } {
  const { cancel_asked_at: asked, cancel_signalled_at: signalled, cancel_killed_at: killed } = row
  if (!asked) return {}
  const state = signalled ? 'signalled' : 'asked'
  return {
    cancel: {
      state: killed ? 'killed' : state,
      asked_at: asked.toISOString(),
      ...(signalled && { signalled_at: signalled.toISOString() }),
      ...(killed && { killed_at: killed.toISOString() }),
    },
  }
}

export function toCompletedJob(row: JobRow): CompletedJob {
  return {
    type: 'CompletedJob',
    ...base(row),
    ...(row.started_at && { started_at: row.started_at.toISOString() }),
    ...(row.finished_at && { completed_at: row.finished_at.toISOString() }),
    duration_ms: row.duration_ms ?? 0,
    success: row.status === 'success' || row.status === 'skipped',
    is_skipped: row.status === 'skipped',
    deleted: row.is_erased,
    ...((row.outcome_attempt ?? 0) > 1 && { attempt: row.outcome_attempt ?? 0 }),
    canceled: row.status === 'canceled',
    ...(row.canceled_by !== null && { canceled_by: row.canceled_by }),
    ...(row.canceled_reason !== null && { canceled_reason: row.canceled_reason }),
    ...(row.memory_peak_bytes !== null && { mem_peak: Math.round(row.memory_peak_bytes / 1024) }),
    ...(row.cpu_ms !== null && { cpu_ms: row.cpu_ms }),
    ...(row.result_bytes !== null && { result_bytes: row.result_bytes }),
    ...(row.log_bytes !== null && { log_bytes: row.log_bytes }),
    ...(row.wait_ms !== null && { self_wait_time_ms: row.wait_ms }),
    ...(row.worker !== null && { worker: row.worker }),
  }
}

function base(row: JobRow) {
  return {
    workspace_id: row.workspace_id,
    id: row.id,
    ...(row.parent_job !== null && { parent_job: row.parent_job }),
    ...(row.root_job !== null && { root_job: row.root_job }),
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    ...(row.script_path !== null && { script_path: row.script_path }),
    ...(row.script_hash !== null && { script_hash: row.script_hash }),
    job_kind: kindOf(row),
    permissioned_as: row.permissioned_as,
    is_flow_step: row.flow_step_id !== null,
    ...(row.flow_step_id !== null && { flow_step_id: row.flow_step_id }),
    ...(row.flow_version !== null && { flow_version: row.flow_version }),
    ...(row.language !== null && { language: row.language }),
    email: row.email,
    visible_to_owner: row.visible_to_owner,
    tag: row.tag,
    ...(row.priority !== 0 && { priority: row.priority }),
  }
}

function parse(text: string): unknown {
  return JSON.parse(text)
}

/** What clients call it: parts of a flow are jobs of their own kinds. */
export function kindOf({ kind, flow_step_id: step }: Pick<JobRow, 'kind' | 'flow_step_id'>): string {
  if (kind === FRAME) return 'flownode'
  return kind === PREVIEW && step !== null ? 'flowscript' : kind
}

/** The kind that it is kept as. */
export function kindFrom(name: string): string {
  if (name === 'flownode') return FRAME
  return name === 'flowscript' ? PREVIEW : name
}

const FRAME = 'flowframe'
const PREVIEW = 'preview'
