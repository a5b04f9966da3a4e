import type { Database } from '@millrace/db'
import { withBriefLock } from './brief-lock.ts'

/** A table and the day (UTC, `2027-01-31`) that it has no partition for. */
export interface MissingPartition {
  readonly parent: string
  /** The column that the day is read from. */
  readonly key: string
  readonly day: string
  readonly isToCome: boolean
}

const MISSING = `
select parent, key, to_char(day, 'YYYY-MM-DD') as day, day > (now() at time zone 'utc')::date as "isToCome"
from job_day_tables()
cross join generate_series((now() at time zone 'utc')::date, (now() at time zone 'utc')::date + $1::int, interval '1 day') as day
where to_regclass(parent || '_' || to_char(day, 'YYYYMMDD')) is null
order by day, parent`

/** Attaching reads the default partition while nobody else may: at 8 MiB that takes some 10 ms. */
const READ_BYTES_MAX = 8_388_608
const PROOF = 'no_row_of_the_day'

/** Partitions that are missing from today to `daysAhead`. */
export async function findMissingPartitions(db: Database, daysAhead: number): Promise<readonly MissingPartition[]> {
  return (await db.pool.query<MissingPartition>(MISSING, [daysAhead])).rows
}

/** Makes one beside running jobs; false when a long transaction holds the table, or a vacuum does that of the others. */
export async function makePartition(db: Database, missing: MissingPartition): Promise<boolean> {
  const { parent, day } = missing
  const proof = await proveThatNoRowIsThere(db, missing)
  if (proof === 'held') return false
  const isProven = proof === 'given'
  const isMade = await withBriefLock(db, async (client) => {
    await client.query('select make_job_partition($1, $2)', [parent, day])
    if (isProven) await client.query(dropProof(parent))
  }).catch(unlessThere)
  if (isProven && !isMade) await withBriefLock(db, async (client) => void (await client.query(dropProof(parent))))
  return isMade
}

/**
 * Where the default partition is large, a constraint that is checked beside its readers and writers says beforehand that it
 * has no row of the day, so that attaching need not look: with a million rows it takes 10 ms then, and 400 ms otherwise. Only for
 * days to come, since a row of the day would be refused meanwhile.
 */
async function proveThatNoRowIsThere(db: Database, missing: MissingPartition): Promise<'needless' | 'given' | 'held'> {
  const { parent, key, day, isToCome } = missing
  const { rows } = await db.pool.query<{ bytes: number; lower: string; upper: string }>(
    `select pg_relation_size(($1 || '_default')::regclass) as bytes,
       quote_literal(millrace_first_id($2::timestamp at time zone 'utc')) as lower,
       quote_literal(millrace_first_id(($2::date + 1)::timestamp at time zone 'utc')) as upper`,
    [parent, day],
  )
  const [found] = rows
  if (!found || !isToCome || found.bytes < READ_BYTES_MAX) return 'needless'
  const isAdded = await withBriefLock(db, async (client) => {
    await client.query(dropProof(parent))
    await client.query(
      `alter table ${parent}_default add constraint ${PROOF} check (${key} < ${found.lower} or ${key} >= ${found.upper}) not valid`,
    )
  })
  // There is time: without a proof everyone would wait for the reading.
  if (!isAdded) return 'held'
  try {
    await db.pool.query(`alter table ${parent}_default validate constraint ${PROOF}`)
  } catch (error) {
    // A row of the day is there, which a caller chose the id of: it is moved by the making, which reads the table then.
    if (!isViolation(error)) throw error
  }
  return 'given'
}

function dropProof(parent: string): string {
  return `alter table ${parent}_default drop constraint if exists ${PROOF}`
}

/** Another process made it at the same time. */
function unlessThere(error: unknown): boolean {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === '42P07') return true
  throw error
}

function isViolation(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '23514'
}
