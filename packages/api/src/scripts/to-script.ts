import { FormSchema, ScriptKind, ScriptOptions, type Script, type ScriptItem } from '@millrace/contracts'
import type { ScriptListRow, ScriptRow } from '@millrace/db/tables/script'

/** A row of the list as clients see it. */
export function toScriptItem(row: ScriptListRow): ScriptItem {
  return {
    ...ScriptOptions.parse(row.options),
    workspace_id: row.workspace_id,
    hash: row.hash,
    path: row.path,
    summary: row.summary,
    description: row.description,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    archived: row.archived,
    deleted: row.deleted,
    is_template: ScriptOptions.parse(row.options).is_template ?? false,
    extra_perms: {},
    language: row.language,
    kind: ScriptKind.parse(row.kind),
    starred: false,
    ...(row.tag !== null && { tag: row.tag }),
    ...(row.timeout_s !== null && { timeout: row.timeout_s }),
    ...(row.auto_kind !== null && { auto_kind: row.auto_kind }),
    has_preprocessor: row.has_preprocessor,
    ...(row.lock_error_logs !== null && { lock_error_logs: row.lock_error_logs }),
    ...(row.lock_job !== null && { lock_job: row.lock_job }),
    ...(row.lock_job !== null && row.lacks_lock && row.lock_error_logs === null && { is_locking: true }),
  }
}

/** A whole version as clients see it; `parents` are nearest first. */
export function toScript(row: ScriptRow, parents: readonly string[]): Script {
  return {
    ...toScriptItem({ ...row, lacks_lock: row.lock === null }),
    content: row.content,
    lock: row.lock,
    ...(row.schema !== null && { schema: FormSchema.parse(row.schema) }),
    ...(parents.length > 0 && { parent_hashes: [...parents] }),
  }
}
