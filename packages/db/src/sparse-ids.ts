import { sql, type RawBuilder } from 'kysely'
import type { Queryable } from './database.ts'
import { isOfOutcome, toWhere, type JobCondition, type JobSelection } from './job-conditions.ts'

/** More than this is not sparse. */
const IDS_MAX = 1000
/** The same where an index knows them one by one. */
const KNOWN_IDS_MAX = 5000

/** Which ids, from the low one and below the high one. */
export interface IdRange {
  readonly low: string
  readonly high: string
}

const blockColumns = ['created_by', 'tag', 'kind', 'trigger_kind', 'script_hash', 'worker'] as const

/**
 * Whether an index can tell which jobs these are, or in which blocks they cannot be; `found` of them were in the newest slice. Where
 * some were and only those that did not go well are asked for, walking these is better.
 */
export function isSearchable(conditions: readonly JobCondition[], found: number): boolean {
  if (conditions.some(hasIndex)) return true
  return conditions.some(isOfBlocks) && !(found > 0 && conditions.some(isOfUnsuccessful))
}

/**
 * The ids of jobs in a range that meet the conditions on one table, found by an index that knows them or the one over
 * its blocks; undefined when they are many, so that walking the range in order is better. In no order.
 */
export async function findSparseIds(
  db: Queryable,
  { workspace, conditions }: JobSelection,
  { low, high }: IdRange,
): Promise<readonly string[] | undefined> {
  const ofOutcome = conditions.flatMap(impliedOfOutcome)
  const ofJob = conditions.filter((condition) => isOfJob(condition))
  const [table, met] = ofJob.length > 0 ? [sql`job j`, ofJob] : [sql`job_outcome o`, ofOutcome]
  const id: RawBuilder<unknown> = ofJob.length > 0 ? sql`j` : sql`o`
  const own = workspace === undefined ? sql`true` : sql`${id}.workspace_id = ${workspace}`
  // The planner takes any value that is not among the most frequent for an average one, and would read whole days.
  const isKnown = conditions.some(hasIndex)
  const [walks, max] = isKnown ? ['on', KNOWN_IDS_MAX] : ['off', IDS_MAX]
  await sql`select set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', ${walks}, true),
    set_config('enable_indexonlyscan', ${walks}, true)`.execute(db)
  const { rows } = await sql<{ id: string }>`
    select ${id}.id from ${table} where ${own} and ${id}.id >= ${low} and ${id}.id < ${high} and ${toWhere(met, 'finished')}
    limit ${max + 1}`.execute(db)
  await sql`select set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'on', true),
    set_config('enable_indexonlyscan', 'on', true)`.execute(db)
  return rows.length > max ? undefined : rows.map((row) => row.id)
}

function isOfBlocks(condition: JobCondition): boolean {
  if (condition.test === 'after') return condition.column !== 'created_at'
  return condition.test === 'in' && blockColumns.some((column) => column === condition.column)
}

function isOfJob(condition: JobCondition): boolean {
  return hasIndex(condition) || (isOfBlocks(condition) && condition.test === 'in' && !isOfOutcome(condition))
}

/** What ended is known by its end alone: nothing that began after an instant ended before it. */
function impliedOfOutcome(condition: JobCondition): readonly JobCondition[] {
  if (condition.test === 'after' && isOfBlocks(condition)) return [{ ...condition, column: 'finished_at' }]
  return isOfOutcome(condition) ? [condition] : []
}

function isOfUnsuccessful(condition: JobCondition): boolean {
  return condition.test === 'in' && condition.column === 'status' && !condition.values.includes('success')
}

function hasIndex(condition: JobCondition): boolean {
  return condition.test === 'in' && (condition.column === 'script_path' || condition.column === 'parent_job')
}
