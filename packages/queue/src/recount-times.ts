import type { Connection } from '@millrace/db'

// Times that were counted are counted once more (the duty count-finished-jobs).
const RECOUNT = `
update job_count_period k set unfinished = -1
where exists (select from unnest($1::uuid[]) as i(id) where i.id >= millrace_first_id(k.since) and i.id < millrace_first_id(k.until))`

/** Jobs of times that are over have come or gone: counts of these times are made anew, within ten minutes. */
export async function recountTimes(connection: Connection, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await connection.query(RECOUNT, [ids])
}
