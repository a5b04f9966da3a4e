import { connectionOf } from '@millrace/db'
import { insertAudit } from '@millrace/db/tables/audit'
import { listUnbegunIds } from '@millrace/db/tables/queued-jobs'
import { deleteJobs as deleteEnded } from '@millrace/queue'
import type { WorkspaceContext } from '../http/implement.ts'

const REASON = 'it is deleted'

/** Forgets jobs, those that wait after their cancel; a sentence. What has begun, and what belongs to a run that goes on, is left. */
export async function deleteJobs(cx: WorkspaceContext, ids: readonly string[]): Promise<string> {
  const { workspace, member, caller } = cx
  const waiting = await cx.inside((tx) => listUnbegunIds(tx, workspace, ids))
  if (waiting.length > 0)
    await cx.queue.requestCancel({ workspaceId: workspace, ids: waiting, by: member.username, reason: REASON })
  const gone = await cx.db.kysely.transaction().execute(async (tx) => {
    const deleted = await deleteEnded(connectionOf(tx), workspace, ids)
    if (deleted.length === 0) return deleted
    const parameters = { jobs: deleted.length, ids: deleted.slice(0, 10) }
    await insertAudit(tx, {
      workspace,
      username: member.username,
      email: caller.email,
      operation: 'jobs.delete',
      parameters,
    })
    return deleted
  })
  const left = new Set(ids).size - gone.length
  const said = `Deleted ${gone.length} ${gone.length === 1 ? 'job' : 'jobs'}.`
  return left === 0
    ? said
    : `${said} ${left} are not here, run, or belong to a run that goes on: cancel what runs first.`
}
