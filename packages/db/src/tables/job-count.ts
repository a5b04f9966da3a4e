import { firstIdAt } from '@millrace/base/ids'
import { sql, type RawBuilder } from 'kysely'
import type { Queryable } from '../database.ts'

const LOWEST = firstIdAt(Date.UTC(2024, 0, 1))
const HIGHEST = firstIdAt(2 ** 41)

/** How many finished jobs lie at or after an instant. */
export interface CountMark {
  readonly at: Date
  readonly jobs: number
}

/**
 * How many outcomes are kept, of jobs with these tags: what was counted, and by counting what came after it and those with ids that
 * callers chose. A job of a time that was counted, which ends now, is missed until that is counted again, within ten minutes.
 */
export async function countOutcomes(
  db: Queryable,
  workspace: string,
  tags: readonly string[] | undefined,
): Promise<number> {
  const ofTags = tags ? sql`and tag = any (${tags}::text[])` : sql``
  const counted = await sql<{ jobs: number }>`
    select coalesce(sum(jobs), 0)::bigint as jobs from job_count where workspace_id = ${workspace} ${ofTags}`.execute(
    db,
  )
  const open = await countOpen(db, workspace, tags)
  return (counted.rows[0]?.jobs ?? 0) + open.ordered + open.chosen
}

/** The earliest counted instant after which at most `jobs` of the workspace lie; undefined when more came after what was counted. */
export async function findCountMark(db: Queryable, workspace: string, jobs: number): Promise<CountMark | undefined> {
  const { ordered, chosen } = await countOpen(db, workspace, undefined)
  const { rows } = await sql<{ at: Date; jobs: number }>`
    select since as at, jobs from (
      select since, (sum(sum(jobs)) over (order by since desc))::bigint as jobs from job_count where workspace_id = ${workspace} group by since
    ) as times where jobs <= ${jobs - ordered - chosen} order by since limit 1`.execute(db)
  const mark = rows[0]
  if (!mark) return undefined
  const { rows: since } = await sql<{ count: number }>`
    select count(*) as count from job j join job_outcome o on o.id = j.id
    where j.workspace_id = ${workspace} and j.created_at >= ${mark.at} and (j.id < ${LOWEST} or j.id >= ${HIGHEST})
      and (o.id < ${LOWEST} or o.id >= ${HIGHEST})`.execute(db)
  return { at: mark.at, jobs: ordered + mark.jobs + (since[0]?.count ?? 0) }
}

/** After the times that were counted, and those whose ids were chosen. */
async function countOpen(
  db: Queryable,
  workspace: string,
  tags: readonly string[] | undefined,
): Promise<{ readonly ordered: number; readonly chosen: number }> {
  const { rows: days } = await sql<{ low: string | null }>`
    select millrace_first_id(max(until)) as low from job_count_period`.execute(db)
  const low = days[0]?.low ?? LOWEST
  // Two statements, so that the first one is planned for the few days that it is about.
  const count = async (within: (id: RawBuilder<unknown>) => RawBuilder<unknown>) => {
    const ofTags = tags
      ? sql`join job j on j.id = o.id and ${within(sql`j.id`)} and j.tag = any (${tags}::text[])`
      : sql``
    return await sql<{ count: number }>`
      select count(*) as count from job_outcome o ${ofTags} where o.workspace_id = ${workspace} and ${within(sql`o.id`)}`.execute(
      db,
    )
  }
  const ordered = await count((id) => sql`${id} >= ${low} and ${id} < ${HIGHEST}`)
  const chosen = await count((id) => sql`(${id} < ${LOWEST} or ${id} >= ${HIGHEST})`)
  return { ordered: ordered.rows[0]?.count ?? 0, chosen: chosen.rows[0]?.count ?? 0 }
}
