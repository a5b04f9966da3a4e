import type { Duty } from './duty.ts'

/** What agents remember is as old at the most as the runs in which it was said. */
export const forgetAgentMessages: Duty = {
  id: 'forget-agent-messages',
  everyMs: () => 3_600_000,

  async runOnce({ db, retentionDays }) {
    const { rowCount } = await db.pool.query(
      `delete from agent_message where said_at < now() - $1 * interval '1 day'`,
      [retentionDays],
    )
    return rowCount ? { did: { messages: rowCount } } : {}
  },
}
