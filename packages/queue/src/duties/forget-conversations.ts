import type { Duty } from './duty.ts'

/** Conversations whose last word is as old as runs are kept: what was said in them was in those. */
export const forgetConversations: Duty = {
  id: 'forget-conversations',
  everyMs: () => 3_600_000,

  async runOnce({ db, retentionDays }) {
    const { rowCount } = await db.pool.query(
      `delete from flow_conversation where updated_at < now() - $1 * interval '1 day'`,
      [retentionDays],
    )
    return rowCount ? { did: { conversations: rowCount } } : {}
  },
}
