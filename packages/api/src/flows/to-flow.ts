import { FlowOptions, FlowValue, FormSchema, type Flow, type FlowItem } from '@millrace/contracts'
import type { FlowListRow, FlowRow } from '@millrace/db/tables/flow'

/** A row of the list as clients see it. */
export function toFlowItem(row: FlowListRow): FlowItem {
  return {
    ...FlowOptions.parse(row.options),
    workspace_id: row.workspace_id,
    path: row.path,
    summary: row.summary,
    description: row.description,
    edited_by: row.created_by,
    edited_at: row.created_at.toISOString(),
    archived: row.archived,
    extra_perms: {},
    starred: false,
    version_id: row.id,
    ...(isChat(row.options) && { chat_input_enabled: true }),
    ...(row.lock_error_logs !== null && { lock_error_logs: row.lock_error_logs }),
    ...(row.lock_job !== null && { lock_job: row.lock_job }),
    ...(row.is_locking && { is_locking: true }),
  }
}

/** A whole version as clients see it. */
export function toFlow(row: FlowRow): Flow {
  return {
    ...toFlowItem(row),
    value: FlowValue.parse(row.value),
    ...(row.schema !== null && { schema: FormSchema.parse(row.schema) }),
  }
}

/** What the list tells of the document is kept beside it. */
function isChat(options: unknown): boolean {
  return typeof options === 'object' && options !== null && 'chat_input_enabled' in options
}
