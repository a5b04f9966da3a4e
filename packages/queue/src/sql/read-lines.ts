import { inTransaction, type Database } from '@millrace/db'

/** Index entries that a statement may walk in all; what a tag or tenant gets of them follows from how many there are. */
export const WALK_MAX = 100_000
/** Counts end here. */
export const COUNT_MAX = 10_000
/** Tags that one reading finds. */
export const TAGS_MAX = 1000

/** A connection on which the lines are read. */
export type LineReader = Parameters<Parameters<typeof inTransaction>[1]>[0]

/**
 * One snapshot for several statements, which are written for walks of an index by a bounded number of rows: statistics of a
 * table that fills and empties within seconds would now and then have the planner read or sort the whole of it.
 */
export function readLines<T>(db: Database, work: (client: LineReader) => Promise<T>): Promise<T> {
  return inTransaction(db, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only')
    await client.query(
      `set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off;
       set local enable_incremental_sort = off; set local enable_hashjoin = off; set local enable_mergejoin = off`,
    )
    return await work(client)
  })
}
