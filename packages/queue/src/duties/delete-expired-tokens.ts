import type { Duty } from './duty.ts'

/** Tokens past their time are refused anyway; this keeps the table small. */
export const deleteExpiredTokens: Duty = {
  id: 'delete-expired-tokens',
  everyMs: () => 3_600_000,

  async runOnce({ db }) {
    const { rowCount } = await db.pool.query('delete from token where expires_at < now()')
    return rowCount ? { did: { tokens: rowCount } } : {}
  },
}
