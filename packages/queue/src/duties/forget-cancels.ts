import type { Duty } from './duty.ts'

/** Requests to cancel jobs that have ended; their outcome tells who and why. */
export const forgetCancels: Duty = {
  id: 'forget-cancels',
  everyMs: () => 600_000,

  async runOnce({ db }) {
    const { rowCount } = await db.pool.query(
      'delete from job_cancel c where not exists (select from job_queue q where q.id = c.id)',
    )
    return rowCount ? { did: { requests: rowCount } } : {}
  },
}
