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

/** Which finished jobs are counted one by one: all workspaces, whenever, however and under whichever tag, where nothing is said. */
export interface EndedJobs {
  readonly workspace: string | undefined
  /** Ended in the last so many seconds. */
  readonly withinS?: number | undefined
  readonly isSuccess?: boolean | undefined
  readonly tags?: readonly string[] | undefined
}

/** How many jobs have ended, by counting them. */
export async function countEnded(db: Queryable, ended: EndedJobs): Promise<number> {
  const ofTags = ended.tags ? sql`join job j on j.id = o.id and j.tag = any (${ended.tags}::text[])` : sql``
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from job_outcome o ${ofTags} where ${isAmong(ended)}`.execute(db)
  return rows[0]?.count ?? 0
}

/** The same by tag, the most frequent first. */
export async function countEndedByTag(
  db: Queryable,
  workspace: string | undefined,
  withinS: number,
): Promise<readonly { readonly tag: string; readonly count: number }[]> {
  const { rows } = await sql<{ tag: string; count: number }>`
    select j.tag, count(*) as count from job_outcome o join job j on j.id = o.id where ${isAmong({ workspace, withinS })}
    group by j.tag order by count desc, j.tag`.execute(db)
  return rows
}

function isAmong({ workspace, withinS, isSuccess }: EndedJobs): RawBuilder<unknown> {
  const own = workspace === undefined ? sql`true` : sql`o.workspace_id = ${workspace}`
  const late = withinS === undefined ? sql`true` : sql`o.finished_at >= now() - ${withinS} * interval '1 second'`
  const good = isSuccess
    ? sql`o.status in ('success', 'skipped')`
    : sql`o.status <> 'success' and o.status <> 'skipped'`
  return sql`${own} and ${late} and ${isSuccess === undefined ? sql`true` : good}`
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
