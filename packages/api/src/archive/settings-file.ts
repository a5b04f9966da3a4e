import type { HandlerConfig } from '@millrace/contracts'
import { listHandlers } from '@millrace/db/tables/handler'
import { findWorkspace } from '@millrace/db/tables/workspace'
import { toHandlers } from '../handlers/to-handlers.ts'
import type { WorkspaceContext } from '../http/implement.ts'
import { jsonFile, type ArchiveFile } from './archive-file.ts'

/** What administrators set for the workspace; null is a handler that nobody chose. */
export async function settingsFile(cx: WorkspaceContext): Promise<ArchiveFile> {
  const [workspace, rows] = await cx.inside(async (tx) => [
    await findWorkspace(tx, cx.workspace),
    await listHandlers(tx, { workspace: cx.workspace, scope: 'workspace' }),
  ])
  const { error_handler, success_handler } = toHandlers(rows)
  return jsonFile('settings.json', {
    error_handler: error_handler ?? null,
    // Others keep nothing of it but what it is and its arguments: what is not set is not there.
    success_handler: success_handler ? onlyOn(success_handler) : null,
    name: workspace?.name,
    ...(workspace?.color && { color: workspace.color }),
  })
}

function onlyOn(handler: HandlerConfig): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(handler).filter(([, value]) => value !== false))
}
