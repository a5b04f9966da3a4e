import { firstIdAt } from '@millrace/base/ids'
import type { Queryable } from '@millrace/db'
import {
  filterFinishedIds,
  listFinishedIds,
  loadFinishedJobs,
  type FinishedCursor,
  type FinishedIds,
  type JobCondition,
  type JobRow,
  type JobSelection,
} from '@millrace/db/tables/finished-jobs'
import { findCountMark } from '@millrace/db/tables/job-count'
import type { PageMark, PageMemory } from './page-memory.ts'

/** Rows that are passed over in one statement. */
const SKIP_CHUNK = 10_000
/** Farther away, a page is looked for by the counts of the times before. */
const SKIP_MAX = 50_000
/** A page that filters by arguments or results looks at so many jobs at the most. */
const SEARCHED_MAX = 2000
const SEARCH_CHUNK = 1000
const NO_ID = '00000000-0000-0000-0000-000000000000'

/** A page of finished jobs by number. */
export interface FinishedRows extends JobSelection {
  readonly offset: number
  readonly limit: number
  readonly ascending: boolean
}

/** Reads pages by their numbers, from where the one before it ended if that is remembered. */
export async function listFinished(db: Queryable, memory: PageMemory, page: FinishedRows): Promise<readonly JobRow[]> {
  return await readOn(db, memory, page, async (reading) => {
    const { ids, cursor } = await readIds(db, reading)
    return { rows: await loadFinishedJobs(db, page.workspace, ids), cursor }
  })
}

/** The ids alone. */
export async function listFinishedPageIds(
  db: Queryable,
  memory: PageMemory,
  page: FinishedRows,
): Promise<readonly string[]> {
  return await readOn(db, memory, page, async (reading) => {
    const { ids, cursor } = await readIds(db, reading)
    return { rows: ids, cursor }
  })
}

async function readOn<Row>(
  db: Queryable,
  memory: PageMemory,
  page: FinishedRows,
  read: (reading: Reading) => Promise<{ readonly rows: readonly Row[]; readonly cursor: FinishedCursor }>,
): Promise<readonly Row[]> {
  const list = JSON.stringify([page.workspace ?? null, page.ascending, page.conditions])
  const after = await findStart(db, page, memory.find(list, page.offset))
  if (after === 'none') return []
  const { rows, cursor } = await read({ ...page, after })
  memory.keep(list, { offset: page.offset + rows.length, cursor })
  return rows
}

interface Reading extends FinishedRows {
  readonly after: FinishedCursor | undefined
}

async function readIds(db: Queryable, page: Reading): Promise<FinishedIds> {
  const searched = page.conditions.filter(isSearch)
  return searched.length > 0 ? await search(db, page, searched) : await listFinishedIds(db, page)
}

/** Payloads have no index: the newest jobs that meet the other conditions are read one after the other. */
async function search(db: Queryable, page: Reading, searched: readonly JobCondition[]): Promise<FinishedIds> {
  const conditions = page.conditions.filter((condition) => !isSearch(condition))
  const ids: string[] = []
  let cursor: FinishedCursor = page.after ?? { id: undefined, stray: undefined }
  for (let looked = 0; looked < SEARCHED_MAX && ids.length < page.limit; looked += SEARCH_CHUNK) {
    const chunk = await listFinishedIds(db, { ...page, conditions, after: cursor, limit: SEARCH_CHUNK })
    const candidates = chunk.ids
    const found = await filterFinishedIds(db, candidates, searched)
    const taken = candidates.filter((id) => found.has(id)).slice(0, page.limit - ids.length)
    ids.push(...taken)
    const isFull = ids.length === page.limit
    const limit = isFull ? candidates.indexOf(taken.at(-1) ?? '') + 1 : SEARCH_CHUNK
    cursor = isFull ? (await listFinishedIds(db, { ...page, conditions, after: cursor, limit })).cursor : chunk.cursor
    if (candidates.length < SEARCH_CHUNK) break
  }
  return { ids, cursor }
}

function isSearch(condition: JobCondition): boolean {
  return condition.test === 'contains' || ('column' in condition && condition.column === 'concurrency_key')
}

/** The cursor of the row before the page; `none` when the list ends before it. */
async function findStart(
  db: Queryable,
  page: FinishedRows,
  known: PageMark | undefined,
): Promise<FinishedCursor | undefined | 'none'> {
  let { offset, cursor }: { offset: number; cursor: FinishedCursor | undefined } = (await findFarMark(
    db,
    page,
    known,
  )) ??
    known ?? { offset: 0, cursor: undefined }
  while (offset < page.offset) {
    const limit = Math.min(SKIP_CHUNK, page.offset - offset)
    const passed = await listFinishedIds(db, { ...page, after: cursor, limit })
    if (passed.ids.length < limit) return 'none'
    offset += limit
    cursor = passed.cursor
  }
  return cursor
}

/** The end of a time that was counted, where the page lies far away and the list is of all jobs. */
async function findFarMark(
  db: Queryable,
  page: FinishedRows,
  known: PageMark | undefined,
): Promise<PageMark | undefined> {
  const { workspace, conditions, offset, ascending } = page
  if (offset - (known?.offset ?? 0) <= SKIP_MAX || workspace === undefined || conditions.length > 0 || ascending)
    return undefined
  const mark = await findCountMark(db, workspace, offset)
  if (!mark) return undefined
  return {
    offset: mark.jobs,
    cursor: { id: firstIdAt(mark.at.getTime()), stray: { at: mark.at.toISOString(), id: NO_ID } },
  }
}
