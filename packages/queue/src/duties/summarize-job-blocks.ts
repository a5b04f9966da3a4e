import { inTransaction } from '@millrace/db'
import type { Duty } from './duty.ts'

// Of the days that grow: today and, around midnight, yesterday.
const INDEXES = `
select i.indexrelid::regclass::text as index from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
where c.relname ~ '^job(_outcome)?_\\d{8}$' and x.relam = (select oid from pg_am where amname = 'brin')
  and to_date(right(c.relname, 8), 'YYYYMMDD') between ((now() - interval '1 hour') at time zone 'utc')::date and (now() at time zone 'utc')::date`

/**
 * Tells the indexes over blocks what the blocks hold that were filled since, so that a search reads few that are not described.
 * It reads each of them once. Where vacuum holds the table it does the same, and this comes again.
 */
export const summarizeJobBlocks: Duty = {
  id: 'summarize-job-blocks',
  everyMs: () => 30_000,

  async runOnce({ db, log }) {
    const { rows } = await db.pool.query<{ index: string }>(INDEXES)
    for (const { index } of rows) {
      await inTransaction(db, async (client) => {
        // Less than what makes PostgreSQL end the vacuum that is in the way.
        await client.query(`set local lock_timeout = '200ms'`)
        await client.query('select brin_summarize_new_values($1::regclass)', [index])
      }).catch((error: unknown) => {
        if (!isLocked(error)) throw error
        log.debug({ index }, 'blocks are described by a vacuum')
      })
    }
    return {}
  },
}

function isLocked(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '55P03'
}
