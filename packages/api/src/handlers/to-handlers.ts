import type { HandlerConfig, Handlers } from '@millrace/contracts'
import type { HandlerRow } from '@millrace/db/tables/handler'

/** Handlers as clients see them. */
export function toHandlers(rows: readonly HandlerRow[]): Handlers {
  const faults = rows.flatMap(({ event, fault, faulted_at: at }) =>
    fault === null || at === null ? [] : [[event, { message: fault, at: at.toISOString() }] as const],
  )
  return {
    ...Object.fromEntries(rows.map((row) => [`${row.event}_handler`, toConfig(row)])),
    ...(faults.length > 0 && { handler_faults: Object.fromEntries(faults) }),
  }
}

function toConfig(row: HandlerRow): HandlerConfig {
  return {
    path: `${row.kind}/${row.path}`,
    ...(typeof row.extra_args === 'object' && row.extra_args !== null && { extra_args: { ...row.extra_args } }),
    muted_on_cancel: row.muted_on_cancel,
    muted_on_user_path: row.muted_on_user_path,
    ...(row.muted_on_ui_runs && { muted_on_ui_runs: true }),
  }
}
