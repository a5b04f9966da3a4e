import type { Connection } from '@millrace/db'
import type { ClaimedJob } from './job.ts'
import { recountTimes } from './recount-times.ts'
import type { OutcomeStatus } from './states.ts'

/** Jobs in one statement. */
const CHUNK = 500

/** What a worker that has claimed a job knows of its place and its run there. */
type Held = 'awaited' | 'options' | 'fair' | 'failures' | 'memoryMb' | 'startedAt' | 'claimedMs' | 'asked'

/** A job that ended elsewhere, as its rows will be; texts of JSON end with `Json`. */
export interface PastJob extends Omit<ClaimedJob, Held> {
  readonly createdAt: string
  readonly flowStepId: string | undefined
  readonly triggerKind: string | undefined
  readonly triggerPath: string | undefined
  readonly visibleToOwner: boolean
  readonly status: OutcomeStatus
  readonly resultJson: string | undefined
  readonly log: string
  readonly startedAt: string | undefined
  readonly finishedAt: string
  readonly durationMs: number
  readonly waitMs: number
  readonly worker: string | undefined
  readonly memoryPeakBytes: number | undefined
  readonly cpuMs: number | undefined
  readonly canceledBy: string | undefined
  readonly canceledReason: string | undefined
}

// What follows the end of a job here (flows that go on, restarts, handlers, erasure) does not follow: it has followed elsewhere.
const IMPORT = `
with given as (
  select * from json_to_recordset($1::json) as t("id" uuid, "workspaceId" text, "kind" text, "scriptPath" text, "scriptHash" text,
    "language" text, "rawCode" text, "argsJson" text, "tag" text, "createdBy" text, "email" text, "permissionedAs" text,
    "createdAt" timestamptz, "parentJob" uuid, "rootJob" uuid, "flowStepId" text, "triggerKind" text, "triggerPath" text,
    "timeoutMs" int, "priority" smallint, "visibleToOwner" bool, "status" text, "resultJson" text, "log" text,
    "startedAt" timestamptz, "finishedAt" timestamptz, "durationMs" bigint, "waitMs" bigint, "attempt" smallint, "worker" text,
    "memoryPeakBytes" bigint, "cpuMs" bigint, "canceledBy" text, "canceledReason" text)
), asked as (
  insert into job (id, workspace_id, kind, script_path, script_hash, language, raw_code, args, tag, created_by, email,
    permissioned_as, created_at, parent_job, root_job, flow_step_id, trigger_kind, trigger_path, timeout_ms, attempts_max, priority,
    visible_to_owner)
  select "id", "workspaceId", "kind", "scriptPath", "scriptHash", "language", "rawCode", "argsJson"::json, "tag", "createdBy", "email",
    "permissionedAs", "createdAt", "parentJob", "rootJob", "flowStepId", "triggerKind", "triggerPath", "timeoutMs", greatest(1, "attempt"), "priority",
    "visibleToOwner"
  from given
), logged as (
  insert into job_log (job_id, seq, workspace_id, chunk, starts_at)
  select "id", 0, "workspaceId", "log", 0 from given where "log" <> ''
)
insert into job_outcome (id, workspace_id, status, result, started_at, finished_at, duration_ms, wait_ms, attempt, worker,
  memory_peak_bytes, cpu_ms, canceled_by, canceled_reason, result_bytes, log_bytes)
select "id", "workspaceId", "status", "resultJson"::json, "startedAt", "finishedAt", "durationMs", "waitMs", "attempt", "worker",
  "memoryPeakBytes", "cpuMs", "canceledBy", "canceledReason", octet_length("resultJson"), nullif(octet_length("log"), 0)
from given`

/** Writes jobs that ended elsewhere with their outcomes, in a transaction of the caller, above workspaces. None of them is ever claimed. */
export async function importOutcomes(connection: Connection, jobs: readonly PastJob[]): Promise<void> {
  for (let at = 0; at < jobs.length; at += CHUNK)
    await connection.query(IMPORT, [JSON.stringify(jobs.slice(at, at + CHUNK))])
  await recountTimes(
    connection,
    jobs.map((job) => job.id),
  )
}
