import type { Database } from '@millrace/db'

/** Makes a job that is due later due now; false when there is none that is. */
export async function makeDueNow(db: Database, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `update job_queue set due_at = now() where id = $1 and workspace_id = $2 and state = 'scheduled'`,
    [id, workspaceId],
  )
  return rowCount === 1
}
