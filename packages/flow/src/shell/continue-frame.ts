import type { Connection } from '@millrace/db'

/**
 * Lets a frame be tried again that failed so often by a fault of ours that nobody tries it any more; false where none such is. Whoever
 * calls tells the shell, or the keeper does.
 */
export async function continueFrame(connection: Connection, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await connection.query(
    `with told as (
       update flow_run set faults = 0, faulted_at = null where id = $1 and workspace_id = $2 and faults > 0 returning id
     ), due as (
       update job_queue q set due_at = now() from told where q.id = told.id and q.state = 'scheduled'
     )
     select from told`,
    [id, workspaceId],
  )
  return rowCount === 1
}
