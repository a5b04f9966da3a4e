import { Problem } from '@millrace/base/problem'
import type { ExportableCompletedJob } from '@millrace/contracts'
import { connectionOf } from '@millrace/db'
import { insertAudit } from '@millrace/db/tables/audit'
import { importOutcomes, type PastJob } from '@millrace/queue'
import type { WorkspaceContext } from '../http/implement.ts'
import { kindFrom } from '../jobs/to-job.ts'
import { chooseFresh, importEntry, refusalOf, sayImported } from './choose-fresh.ts'

/** Clocks differ so much at the most. */
const SLACK_MS = 300_000

/** Keeps jobs that ended elsewhere as they ended, all or none; a sentence. Those whose ids are taken are passed over. */
export async function importCompleted(cx: WorkspaceContext, asked: readonly ExportableCompletedJob[]): Promise<string> {
  for (const job of asked) requireOrder(job)
  const { fresh, taken } = await chooseFresh(cx, asked)
  const jobs = fresh.map((job) => toPastJob(cx.workspace, job))
  try {
    await cx.db.kysely.transaction().execute(async (tx) => {
      await insertAudit(tx, importEntry(cx, 'jobs.import_completed', jobs))
      await importOutcomes(connectionOf(tx), jobs)
    })
  } catch (error) {
    throw refusalOf(error) ?? error
  }
  return sayImported(jobs.length, taken)
}

/** A job is asked for, begins and ends, in this order and not in the future. */
function requireOrder({ id, created_at, started_at, completed_at }: ExportableCompletedJob): void {
  const endedMs = Date.parse(completed_at)
  const latestMs = Math.min(endedMs, Date.now()) + SLACK_MS
  if (endedMs <= latestMs && Date.parse(created_at) <= latestMs && Date.parse(started_at ?? created_at) <= latestMs)
    return
  throw new Problem(
    'request.invalid',
    `Job ${id} ends at ${completed_at}, which is in the future or before it was asked for or began: correct its times.`,
  )
}

function toPastJob(workspaceId: string, job: ExportableCompletedJob): PastJob {
  const { mem_peak: memoryKb, started_at: startedAt, completed_at: finishedAt, timeout } = job
  return {
    id: job.id,
    workspaceId,
    kind: kindFrom(job.job_kind),
    scriptPath: job.script_path ?? undefined,
    scriptHash: job.script_hash ?? undefined,
    language: job.language ?? undefined,
    rawCode: job.raw_flow ? JSON.stringify(job.raw_flow) : (job.raw_code ?? undefined),
    argsJson: job.args ? JSON.stringify(job.args) : undefined,
    tag: job.tag ?? job.language ?? job.job_kind,
    createdBy: job.created_by,
    email: job.email,
    permissionedAs: job.permissioned_as,
    createdAt: job.created_at,
    parentJob: job.parent_job ?? undefined,
    rootJob: job.root_job ?? undefined,
    flowStepId: job.flow_step_id ?? undefined,
    triggerKind: job.trigger_kind ?? undefined,
    triggerPath: job.trigger ?? undefined,
    timeoutMs: timeout ? timeout * 1000 : undefined,
    priority: job.priority ?? 0,
    visibleToOwner: job.visible_to_owner,
    status: job.status,
    resultJson: job.result === undefined || job.result === null ? undefined : JSON.stringify(job.result),
    log: job.logs ?? '',
    startedAt: startedAt ?? undefined,
    finishedAt,
    durationMs: job.duration_ms ?? (startedAt ? Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) : 0),
    waitMs: job.self_wait_time_ms ?? 0,
    attempt: job.attempt ?? 1,
    worker: job.worker ?? undefined,
    memoryPeakBytes: typeof memoryKb === 'number' ? memoryKb * 1024 : undefined,
    cpuMs: job.cpu_ms ?? undefined,
    canceledBy: job.canceled_by ?? undefined,
    canceledReason: job.canceled_reason ?? undefined,
  }
}
