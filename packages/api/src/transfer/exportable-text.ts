import { ExportableCompletedJob, type ExportableQueuedJob } from '@millrace/contracts'
import type { ExportedRow } from '@millrace/db/tables/exported-job'
import type { JobOptions } from '@millrace/queue'
import { kindOf } from '../jobs/to-job.ts'

/** Its code is the document. */
const FLOW_PREVIEW = 'flowpreview'

type Flat<Job> = Omit<Job, 'args' | 'result' | 'raw_flow'>

/** A job that waits as JSON text; arguments go as they are kept, digit for digit. */
export function toQueuedText(row: ExportedRow, dueAt: Date): string {
  const job: Flat<ExportableQueuedJob> = { ...base(row), scheduled_for: dueAt.toISOString() }
  return withPayloads(job, row)
}

/** A job that has ended as JSON text. */
export function toCompletedText(row: ExportedRow): string {
  const { finished_at: finishedAt, status, memory_peak_bytes: memoryBytes } = row
  const job: Flat<ExportableCompletedJob> = {
    ...base(row),
    ...(row.started_at && { started_at: row.started_at.toISOString() }),
    completed_at: (finishedAt ?? row.created_at).toISOString(),
    duration_ms: row.duration_ms ?? 0,
    self_wait_time_ms: row.wait_ms ?? 0,
    status: ExportableCompletedJob.shape.status.parse(status),
    ...(row.canceled_by !== null && { canceled_by: row.canceled_by }),
    ...(row.canceled_reason !== null && { canceled_reason: row.canceled_reason }),
    ...(row.outcome_attempt !== null && { attempt: row.outcome_attempt }),
    ...(memoryBytes !== null && { mem_peak: Math.round(memoryBytes / 1024) }),
    ...(row.cpu_ms !== null && { cpu_ms: row.cpu_ms }),
    ...(row.worker !== null && { worker: row.worker }),
    ...(row.log !== null && { logs: row.log }),
  }
  return withPayloads(job, row)
}

function base(row: ExportedRow): Flat<ExportableQueuedJob> {
  const options = readOptions(row)
  return {
    id: row.id,
    ...(row.parent_job !== null && { parent_job: row.parent_job }),
    ...(row.root_job !== null && { root_job: row.root_job }),
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    ...(row.script_path !== null && { script_path: row.script_path }),
    ...(row.script_hash !== null && { script_hash: row.script_hash }),
    ...(row.raw_code !== null && row.kind !== FLOW_PREVIEW && { raw_code: row.raw_code }),
    ...(options.lock !== undefined && { raw_lock: options.lock }),
    job_kind: kindOf(row),
    ...(row.trigger_path !== null && { trigger: row.trigger_path }),
    ...(row.trigger_kind !== null && { trigger_kind: row.trigger_kind }),
    permissioned_as: row.permissioned_as,
    ...(row.language !== null && { language: row.language }),
    email: row.email,
    visible_to_owner: row.visible_to_owner,
    tag: row.tag,
    ...(row.priority !== 0 && { priority: row.priority }),
    is_flow_step: row.flow_step_id !== null,
    ...(row.flow_step_id !== null && { flow_step_id: row.flow_step_id }),
    ...(row.timeout_ms !== null && { timeout: Math.ceil(row.timeout_ms / 1000) }),
    ...(options.cacheTtlS !== undefined && { cache_ttl: options.cacheTtlS }),
    ...(options.memoryId !== undefined && { memory_id: options.memoryId }),
    ...(options.concurrency && { concurrent_limit: options.concurrency.limit }),
    ...(options.concurrency?.windowS !== undefined && { concurrency_time_window_s: options.concurrency.windowS }),
  }
}

function readOptions({ options }: ExportedRow): JobOptions {
  return options === null ? {} : (JSON.parse(options) as JobOptions)
}

function withPayloads(job: object, { args, result, raw_code: code, kind, status }: ExportedRow): string {
  return (
    [
      JSON.stringify(job).slice(0, -1),
      ...(args === null ? [] : [`"args":${args}`]),
      ...(code === null || kind !== FLOW_PREVIEW ? [] : [`"raw_flow":${code}`]),
      ...(status === null ? [] : [`"result":${result ?? 'null'}`]),
    ].join(',') + '}'
  )
}
