import type { Duty } from './duty.ts'

/**
 * Forgets which secrets were read by jobs that have ended, how far jobs were that are not kept any more, and what their flows were
 * answered and kept for their steps.
 */
export const forgetJobNotes: Duty = {
  id: 'forget-job-notes',
  everyMs: () => 600_000,

  async runOnce({ db, retentionDays }) {
    const { rowCount: secrets } = await db.pool.query(
      'delete from job_secret s where not exists (select from job_queue q where q.id = s.job_id)',
    )
    const { rowCount: progress } = await db.pool.query(
      "delete from job_progress where told_at < now() - $1 * interval '1 day'",
      [retentionDays],
    )
    const { rowCount: answers } = await db.pool.query(
      `delete from flow_resume a where at < now() - $1 * interval '1 day'
       and not exists (select from flow_run r where r.id = a.frame_id)`,
      [retentionDays],
    )
    const { rowCount: states } = await db.pool.query(
      `delete from flow_user_state s where updated_at < now() - $1 * interval '1 day'
       and not exists (select from job_queue q where q.id = s.flow_job)`,
      [retentionDays],
    )
    const { rowCount: fixes } = await db.pool.query("delete from flow_fix where at < now() - $1 * interval '1 day'", [
      retentionDays,
    ])
    const counts = { secrets, progress, answers, states, fixes }
    const did = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count ?? 0]))
    return Object.values(did).some((count) => count > 0) ? { did } : {}
  },
}
