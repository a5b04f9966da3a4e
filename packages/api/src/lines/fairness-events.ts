import type { FairnessEvent } from '@millrace/contracts'
import { listAudit } from '@millrace/db/tables/audit'
import { loadLines } from '@millrace/queue'
import type { CallerContext } from '../http/implement.ts'
import { isObject } from '../http/parse-json.ts'

/** The audit's word for a weight that was changed. */
export const WEIGHED = 'workspace.weigh'
/** Lines that are looked at, in the order of their tags. */
const LINES = 200
const CHANGES = 100

/** How the workers are shared out now where several workspaces want them, and how the weights came about; newest first. */
export async function listFairnessEvents(cx: CallerContext): Promise<FairnessEvent[]> {
  const [lines, changes] = await Promise.all([
    loadLines(cx.db, cx.leaseMs, { limit: LINES, offset: 0 }),
    listAudit(cx.db.kysely, WEIGHED, CHANGES),
  ])
  const timestamp = new Date().toISOString()
  const shares = lines.flatMap(({ tag, tenants }) => {
    const waiting = tenants.filter((tenant) => tenant.waiting > 0)
    if (waiting.length < 2) return []
    return waiting.map((tenant): FairnessEvent => {
      const { workspaceId, weight, share, waiting: waits, running } = tenant
      const parameters = { tag, weight, share, waiting: waits, running, capped: tenant.isCapped }
      return { timestamp, operation: 'workspace.share', workspace_id: workspaceId, parameters }
    })
  })
  return [
    ...shares,
    ...changes.map(({ at, workspace_id, username, parameters }): FairnessEvent => {
      const told = isObject(parameters) ? parameters : {}
      return { timestamp: at.toISOString(), operation: WEIGHED, workspace_id, parameters: { ...told, by: username } }
    }),
  ]
}
