import { firstIdAt } from '@millrace/base/ids'
import { sql, type RawBuilder } from 'kysely'
import type { Queryable } from '../database.ts'
import { isOfOutcome, toWhere, type JobCondition, type JobSelection } from '../job-conditions.ts'
import { JOB_FIELDS, type JobRow } from '../job-row.ts'
import { findSparseIds, isSearchable, type IdRange } from '../sparse-ids.ts'

export type { JobCondition, JobSelection } from '../job-conditions.ts'
export type { JobRow } from '../job-row.ts'

// Newest first is by id: ids are minted in the order of time, and the days (partitions) follow them. A filter that few jobs meet
// would make PostgreSQL look through every day before it returns the first row, since it merges the days. So the days are walked from
// here, slice by slice from the newest: the first slice is short, and each further one as long as what was found lets expect that it
// fills the page. A page costs what its rows and those between them cost, however much lies below. When the first slice was not enough,
// what is looked for is rare, and the further ones are searched by the indexes over blocks where these can tell.
//
// Ids that callers chose do not follow the time. Those below 2024 or above 2039 (nearly all that are not UUIDv7) are listed apart,
// by the time of their creation, and merged in.

const FIRST_SLICE_MS = 600_000
const SLICE_GROWTH_MAX = 8
/** Ids may be so much older or newer than the row: clocks differ, and a large call takes its time. */
const SLACK_MS = 120_000
const LOWEST = firstIdAt(Date.UTC(2024, 0, 1))
const HIGHEST = firstIdAt(2 ** 41)

/** The end of a page, after which the next one begins. */
export interface FinishedCursor {
  readonly id: string | undefined
  /** The last one whose id was chosen; `at` has microseconds. */
  readonly stray: { readonly at: string; readonly id: string } | undefined
}

/** The next `limit` finished jobs after a cursor. */
export interface FinishedPage extends JobSelection {
  readonly after: FinishedCursor | undefined
  readonly limit: number
  readonly ascending: boolean
}

/** The ids of a page, and where it ended. */
export interface FinishedIds {
  readonly ids: readonly string[]
  readonly cursor: FinishedCursor
}

interface Found {
  readonly id: string
  /** When it was asked for, where the id does not tell. */
  readonly at?: string
}

/** The ids of a page; its jobs are then loaded by them, which is planned for their days alone. */
export async function listFinishedIds(db: Queryable, page: FinishedPage): Promise<FinishedIds> {
  const ordered = await walkSlices(db, page)
  return merge(page, ordered, await listStrays(db, page))
}

/** Finished jobs by id, in the order of the ids. */
export async function loadFinishedJobs(
  db: Queryable,
  workspace: string | undefined,
  ids: readonly string[],
): Promise<readonly JobRow[]> {
  const { rows } = await sql<JobRow>`
    select ${JOB_FIELDS} from unnest(${ids}::uuid[]) with ordinality as i(id, nth) join job_outcome o on o.id = i.id
    ${beside({ workspace }, spanOf(ids)(sql`j.id`))}
    where ${ownedBy({ workspace }, sql`o.workspace_id`)} and ${spanOf(ids)(sql`o.id`)} order by i.nth`.execute(db)
  return rows
}

/** What a job needs to run once more; `args` is JSON text. */
export interface RerunnableJob {
  readonly id: string
  readonly kind: string
  readonly script_path: string | null
  readonly script_hash: string | null
  readonly language: string | null
  readonly raw_code: string | null
  readonly args: string | null
  readonly tag: string
}

/** Those of the jobs that have ended, with their arguments and code. */
export async function loadRerunnableJobs(
  db: Queryable,
  workspace: string,
  ids: readonly string[],
): Promise<readonly RerunnableJob[]> {
  const { rows } = await sql<RerunnableJob>`
    select j.id, j.kind, j.script_path, j.script_hash, j.language, j.raw_code, j.args::text as args, j.tag
    from job_outcome o join job j on j.id = o.id
    where o.id = any (${ids}::uuid[]) and o.workspace_id = ${workspace}`.execute(db)
  return rows
}

/** Those of the jobs that meet further conditions, which may look into payloads. */
export async function filterFinishedIds(
  db: Queryable,
  ids: readonly string[],
  conditions: readonly JobCondition[],
): Promise<ReadonlySet<string>> {
  const span = spanOf(ids)
  // `offset 0` holds the planner to one look for each id: a payload must not be read for any other job.
  const { rows } = await sql<{ id: string }>`
    select i.id from unnest(${ids}::uuid[]) as i(id) cross join lateral (
      select from job j join job_outcome o on o.id = j.id and o.id = i.id and ${span(sql`o.id`)}
      where j.id = i.id and ${span(sql`j.id`)} and ${toWhere(conditions, 'finished')} offset 0
    ) as met`.execute(db)
  return new Set(rows.map((row) => row.id))
}

async function walkSlices(db: Queryable, page: FinishedPage): Promise<readonly Found[]> {
  const { low, high } = await bounds(db, page)
  if (page.conditions.length === 0) return await readSlice(db, page, { low, high })
  const rows: Found[] = []
  let pace: Pace = { spanMs: FIRST_SLICE_MS, mode: 'first', growthMax: SLICE_GROWTH_MAX }
  for (let left: IdRange | undefined = { low, high }; left && rows.length < page.limit;) {
    const slice: IdRange = page.ascending ? firstSlice(left, pace.spanMs) : lastSlice(left, pace.spanMs)
    const missing = { ...page, limit: page.limit - rows.length }
    const found = pace.mode === 'search' ? await searchSlice(db, missing, slice) : await readSlice(db, missing, slice)
    if (!found) {
      pace = slower(pace)
      continue
    }
    rows.push(...found)
    pace = faster(pace, growth(found.length, missing.limit), isSearchable(page.conditions, found.length))
    left = page.ascending ? upTo({ low: slice.high, high }) : upTo({ low, high: slice.low })
  }
  return rows
}

/** How the slices go on: in order, as the planner thinks best, or by the indexes that tell where jobs are. */
interface Pace {
  readonly spanMs: number
  readonly mode: 'first' | 'walk' | 'search'
  readonly growthMax: number
}

/** There were too many in the slice: a shorter one is searched, or they are walked, for where it is short they are frequent. */
function slower({ spanMs }: Pace): Pace {
  const shorter = spanMs / SLICE_GROWTH_MAX
  if (shorter > FIRST_SLICE_MS) return { spanMs: shorter, mode: 'search', growthMax: 2 }
  return { spanMs: FIRST_SLICE_MS, mode: 'walk', growthMax: SLICE_GROWTH_MAX }
}

function faster({ spanMs, mode, growthMax }: Pace, wanted: number, canSearch: boolean): Pace {
  const further = canSearch ? 'search' : 'walk'
  return { spanMs: spanMs * Math.min(wanted, growthMax), mode: mode === 'first' ? further : mode, growthMax }
}

function growth(found: number, missing: number): number {
  if (found === 0) return SLICE_GROWTH_MAX
  return Math.min(SLICE_GROWTH_MAX, Math.max(1, ((missing - found) / found) * 1.2))
}

/** The newest part; ids of the future (clocks differ) are in the first one. */
function lastSlice({ low, high }: IdRange, spanMs: number): IdRange {
  const from = firstIdAt(Math.min(timeOf(high), Date.now()) - spanMs)
  return { low: from > low ? from : low, high }
}

function firstSlice({ low, high }: IdRange, spanMs: number): IdRange {
  const to = firstIdAt(timeOf(low) + spanMs)
  return { low, high: to < high && timeOf(to) < Date.now() ? to : high }
}

function upTo(range: IdRange): IdRange | undefined {
  return range.low < range.high ? range : undefined
}

async function readSlice(db: Queryable, page: FinishedPage, range: IdRange): Promise<readonly Found[]> {
  return await readWithin(db, page, (id) => sql`${id} >= ${range.low} and ${id} < ${range.high}`)
}

async function searchSlice(db: Queryable, page: FinishedPage, range: IdRange): Promise<readonly Found[] | undefined> {
  const ids = await findSparseIds(db, page, range)
  if (!ids || ids.length === 0) return ids && []
  return await readWithin(db, page, (id) => sql`${id} = any (${ids}::uuid[]) and ${spanOf(ids)(id)}`)
}

async function readWithin(
  db: Queryable,
  page: FinishedPage,
  within: (id: RawBuilder<unknown>) => RawBuilder<unknown>,
): Promise<readonly Found[]> {
  const asked = page.conditions.every(isOfOutcome) ? sql`` : beside(page, within(sql`j.id`))
  const { rows } = await sql<Found>`
    select o.id from job_outcome o ${asked}
    where ${ownedBy(page, sql`o.workspace_id`)} and ${within(sql`o.id`)} and ${toWhere(page.conditions, 'finished')}
    order by o.id ${direction(page)} limit ${page.limit}`.execute(db)
  return rows
}

async function listStrays(db: Queryable, page: FinishedPage): Promise<readonly Found[]> {
  const chosen = (id: RawBuilder<unknown>) => sql`(${id} < ${LOWEST} or ${id} >= ${HIGHEST})`
  const from = page.after?.stray
  const sign = page.ascending ? sql`>` : sql`<`
  const rest = from ? sql`(j.created_at, j.id) ${sign} (${from.at}::timestamptz, ${from.id}::uuid)` : sql`true`
  const { rows } = await sql<Found>`
    select o.id, j.created_at::text as at from job_outcome o ${beside(page, chosen(sql`j.id`))}
    where ${ownedBy(page, sql`o.workspace_id`)} and ${chosen(sql`o.id`)} and ${rest} and ${toWhere(page.conditions, 'finished')}
    order by j.created_at ${direction(page)}, j.id ${direction(page)} limit ${page.limit}`.execute(db)
  return rows
}

/** Both in the order of time, and how far each was read. */
function merge(page: FinishedPage, ordered: readonly Found[], strays: readonly Found[]): FinishedIds {
  const ids: string[] = []
  let [nth, strayNth] = [0, 0]
  while (ids.length < page.limit) {
    const [next, stray] = [ordered[nth], strays[strayNth]]
    const chosen = next && stray ? first(page, next, stray) : (next ?? stray)
    if (!chosen) break
    ids.push(chosen.id)
    if (chosen === next) nth += 1
    else strayNth += 1
  }
  const lastStray = strays[strayNth - 1]
  const stray = lastStray?.at === undefined ? page.after?.stray : { at: lastStray.at, id: lastStray.id }
  return { ids, cursor: { id: ordered[nth - 1]?.id ?? page.after?.id, stray } }
}

function first({ ascending }: FinishedPage, ordered: Found, stray: Found): Found {
  const isNewer = timeOf(ordered.id) >= Date.parse(stray.at ?? '')
  return isNewer === ascending ? stray : ordered
}

/** Between which ids the page must lie. */
async function bounds(db: Queryable, page: FinishedPage): Promise<IdRange> {
  const times = page.conditions.flatMap((condition) =>
    condition.test === 'before' || condition.test === 'after' ? [condition] : [],
  )
  // Nothing starts or ends before it is asked for.
  const before = times.flatMap(({ test, at }) => (test === 'before' ? [at.getTime() + SLACK_MS] : []))
  const after = times.flatMap(({ test, column, at }) =>
    test === 'after' && column === 'created_at' ? [at.getTime() - SLACK_MS] : [],
  )
  const low = firstIdAt(Math.max(timeOf(LOWEST), ...after))
  const high = firstIdAt(Math.min(timeOf(HIGHEST), ...before))
  const from = page.after?.id
  if (!page.ascending) return { low, high: from !== undefined && from < high ? from : high }
  const oldest = from === undefined ? await findOldest(db, page, low) : next(from)
  return { low: oldest > low ? oldest : low, high }
}

async function findOldest(db: Queryable, page: FinishedPage, low: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select id from job_outcome o where ${ownedBy(page, sql`o.workspace_id`)} and id >= ${low} and id < ${HIGHEST}
    order by id limit 1`.execute(db)
  return rows[0]?.id ?? HIGHEST
}

/** From the lowest to the highest id: PostgreSQL then plans for the days between. */
function spanOf(ids: readonly string[]): (id: RawBuilder<unknown>) => RawBuilder<unknown> {
  const sorted = ids.toSorted()
  return (id) => sql`${id} >= ${sorted[0] ?? HIGHEST} and ${id} <= ${sorted.at(-1) ?? HIGHEST}`
}

function beside(page: Pick<JobSelection, 'workspace'>, within: RawBuilder<unknown>): RawBuilder<unknown> {
  // A finished job has no row in the other tables: they are named for the fields of unfinished ones.
  return sql`join job j on j.id = o.id and ${within} and ${ownedBy(page, sql`j.workspace_id`)}
    left join job_queue q on false left join worker w on false left join job_cancel c on false`
}

function ownedBy({ workspace }: Pick<JobSelection, 'workspace'>, column: RawBuilder<unknown>): RawBuilder<unknown> {
  return workspace === undefined ? sql`true` : sql`${column} = ${workspace}`
}

function direction({ ascending }: FinishedPage): RawBuilder<unknown> {
  return ascending ? sql`asc` : sql`desc`
}

/** Milliseconds since 1970 of an id that follows the time. */
function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** The id after this one. */
function next(id: string): string {
  const digits = (BigInt(`0x${id.replaceAll('-', '')}`) + 1n).toString(16).padStart(32, '0')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
