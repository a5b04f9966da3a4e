import type { Connection } from '@millrace/db'

/** Locks a frame's row: whoever changes when it wakes or ends it comes here first. False: it has ended. */
export async function lockFrameRow(connection: Connection, id: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'lock-frame-row',
    text: 'select from job_queue where id = $1 for update',
    values: [id],
  })
  return rowCount === 1
}
