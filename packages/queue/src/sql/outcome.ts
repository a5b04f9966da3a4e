import type { Database } from '@millrace/db'

/** Whether the job has ended: one look-up by primary key. */
export async function hasOutcome(db: Database, id: string): Promise<boolean> {
  const { rowCount } = await db.pool.query({
    name: 'has-outcome',
    text: 'select from job_outcome where id = $1',
    values: [id],
  })
  return rowCount === 1
}
