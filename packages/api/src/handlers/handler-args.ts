import type { HandlerRow } from '@millrace/db/tables/handler'
import type { Failing, JobEnd } from '@millrace/db/tables/job-end'

/** What stands for a value that is not told because of its length. */
const TOO_LARGE = 'WINDMILL_TOO_BIG'

/** What a handler is told of an end: its own arguments, and over them what is so; `failed` is the failure before a success. */
export function argsOf(
  handler: Pick<HandlerRow, 'event' | 'extra_args'>,
  end: JobEnd,
  failed: Failing | undefined,
): Readonly<Record<string, unknown>> {
  const startedAt = (end.started_at ?? end.created_at).toISOString()
  const own = typeof handler.extra_args === 'object' ? handler.extra_args : {}
  return {
    ...own,
    workspace_id: end.workspace_id,
    job_id: end.job_id,
    path: end.path,
    is_flow: end.kind === 'flow',
    email: end.email,
    started_at: startedAt,
    ...(end.trigger_kind === 'schedule' && { schedule_path: end.trigger_path }),
    ...(end.trigger_kind !== 'schedule' && end.trigger_path !== null && { trigger_path: end.trigger_path }),
    ...toldOf(handler.event, end, failed),
  }
}

function toldOf(event: string, end: JobEnd, failed: Failing | undefined): Readonly<Record<string, unknown>> {
  if (event === 'error') return { error: errorOf(end.result, end.is_too_large) }
  const startedAt = (end.started_at ?? end.created_at).toISOString()
  const success = {
    success_result: end.is_too_large ? TOO_LARGE : parsed(end.result),
    success_started_at: startedAt,
  }
  if (event === 'success' || !failed) return success
  return {
    ...success,
    success_times: 1,
    error: errorOf(failed.result, false),
    error_started_at: failed.since.toISOString(),
    failed_job_id: failed.job_id,
    failed_times: failed.times,
  }
}

/** The error of a failed job: `name`, `message` and, where there is one, `stack` and `step_id`; a result of another form as it is. */
function errorOf(result: string | null, isTooLarge: boolean): unknown {
  if (isTooLarge)
    return { name: 'TooLarge', message: 'The error is too large to be told: it is the result of the job.' }
  const value = parsed(result)
  return typeof value === 'object' && value !== null && 'error' in value ? value.error : value
}

function parsed(result: string | null): unknown {
  return result === null ? null : JSON.parse(result)
}
