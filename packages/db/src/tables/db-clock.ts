import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Milliseconds since 1970 by the clock of the database. */
export async function loadDbClock(db: Queryable): Promise<number> {
  const { rows } = await sql<{ now: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db)
  return rows[0]?.now ?? 0
}
