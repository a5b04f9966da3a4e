import { Problem } from '@millrace/base/problem'
import type { Job, JobFilter } from '@millrace/contracts'
import { inSnapshot, type Queryable, type WorkspaceTransaction } from '@millrace/db'
import type { JobRow } from '@millrace/db/tables/job'
import {
  countQueuedJobs,
  listQueuedIds,
  listQueuedJobs,
  type JobColumn,
  type JobCondition,
  type JobTime,
} from '@millrace/db/tables/queued-jobs'
import type { WorkspaceContext } from '../http/implement.ts'
import { parseJson } from '../http/parse-json.ts'
import { pageOf } from '../page-of.ts'
import { explainJobs } from './explain-jobs.ts'
import { listFinished, listFinishedPageIds, type FinishedRows } from './list-finished.ts'
import type { PageMemory } from './page-memory.ts'
import { toJob } from './to-job.ts'

/** The workspace from which a superadmin may look at all of them. */
const ADMIN_WORKSPACE = 'admins'
const IDS_PER_PAGE = 1000
const IDS_PER_PAGE_MAX = 100_000

/** Which sides of a list are wanted, and how long a page may be. */
export interface ListWish {
  readonly queued: boolean
  readonly finished: boolean
  readonly perPageMax?: number
  /** Jobs with a concurrency key only. */
  readonly onlyLimited?: boolean
}

/** Lists unfinished, finished or all jobs by the filter of a request; all of them is unfinished ones first. */
export async function listJobs(cx: WorkspaceContext, filter: JobFilter, wish: ListWish): Promise<Job[]> {
  const { page, sides } = readPage(cx, filter, wish)
  return await inSnapshot(cx.db, page.workspace, async (tx) => {
    const rows = await listRows(tx, cx.pages, page, sides)
    return await explainJobs(cx, tx, rows.map(toJob), page.workspace)
  })
}

/** The ids alone, more of them on a page. */
export async function listJobIds(cx: WorkspaceContext, filter: JobFilter, wish: ListWish): Promise<string[]> {
  const { page, sides } = readPage(cx, { per_page: IDS_PER_PAGE, ...filter }, { perPageMax: IDS_PER_PAGE_MAX, ...wish })
  return await inSnapshot(cx.db, page.workspace, async (db) => {
    const queued = sides.queued ? await listQueuedIds(db, page) : []
    if (!sides.finished || queued.length === page.limit) return [...queued]
    const rest = await restOf(db, page, sides.queued ? queued.length : undefined)
    return [...queued, ...(await listFinishedPageIds(db, cx.pages, rest))]
  })
}

interface Sides {
  readonly queued: boolean
  readonly finished: boolean
}

function readPage(cx: WorkspaceContext, filter: JobFilter, wish: ListWish): { page: FinishedRows; sides: Sides } {
  const { conditions, side } = readFilter(filter)
  if (wish.onlyLimited) conditions.push({ column: 'concurrency_key', test: 'is not null' })
  const workspace = filter.all_workspaces ? requireAll(cx) : cx.workspace
  return {
    page: { ...pageOf(filter, wish.perPageMax), ascending: filter.order_desc === false, workspace, conditions },
    sides: { queued: wish.queued && side !== 'finished', finished: wish.finished && side !== 'queued' },
  }
}

/** Undefined, all workspaces, for those who may see them. */
export function requireAll(cx: WorkspaceContext): undefined {
  if (cx.workspace === ADMIN_WORKSPACE && cx.caller.isSuperAdmin && cx.caller.boundTo === undefined) return undefined
  throw new Problem(
    'auth.forbidden',
    `Only superadmins may look at all workspaces, from the workspace "${ADMIN_WORKSPACE}".`,
  )
}

/** From one snapshot, so that no job is among both. */
async function listRows(
  db: WorkspaceTransaction,
  memory: PageMemory,
  page: FinishedRows,
  sides: Sides,
): Promise<readonly JobRow[]> {
  const queued = sides.queued ? await listQueuedJobs(db, page) : []
  if (!sides.finished || queued.length === page.limit) return queued
  const rest = await restOf(db, page, sides.queued ? queued.length : undefined)
  return [...queued, ...(await listFinished(db, memory, rest))]
}

/** The part of a page that finished jobs fill, after so many unfinished ones. */
async function restOf(db: Queryable, page: FinishedRows, queued: number | undefined): Promise<FinishedRows> {
  const before = await countBefore(db, page, queued)
  return { ...page, offset: Math.max(0, page.offset - before), limit: page.limit - (queued ?? 0) }
}

/** How many unfinished jobs stand before the finished ones of this page. */
async function countBefore(db: Queryable, page: FinishedRows, queued: number | undefined): Promise<number> {
  if (queued === undefined || page.offset === 0) return 0
  return queued > 0 ? page.offset + queued : await countQueuedJobs(db, page)
}

/** The conditions of a filter, and the only side that can meet them. */
function readFilter(filter: JobFilter): { conditions: JobCondition[]; side: 'queued' | 'finished' | undefined } {
  const finished = [
    ...during('finished_at', filter.completed_before, filter.completed_after),
    ...statusConditions(filter),
    ...contains('result', filter.result),
  ]
  const queued = [
    ...flag(filter.running, { test: 'running' }, { test: 'not running' }),
    ...flag(filter.scheduled_for_before_now, { test: 'due' }, { test: 'not due' }),
  ]
  const either = [
    ...words('created_by', filter.created_by),
    ...words('worker', filter.worker),
    ...words('parent_job', filter.parent_job),
    ...words('script_path', filter.script_path_exact),
    ...words('script_path', filter.script_path_start, true),
    ...words('script_hash', filter.script_hash),
    ...words('kind', filter.job_kinds),
    ...words('tag', filter.tag),
    ...words('trigger_kind', filter.trigger_kind),
    ...(filter.concurrency_key === undefined
      ? []
      : [{ column: 'concurrency_key', test: 'in', values: [filter.concurrency_key] } as const]),
    ...during('created_at', filter.created_before, filter.created_after),
    ...during('started_at', filter.started_before, filter.started_after),
    ...during('created_or_started_at', filter.created_or_started_before, filter.created_or_started_after),
    ...contains('args', filter.args),
    ...flag(filter.has_null_parent, isNull('parent_job'), isNotNull('parent_job')),
    ...flag(filter.is_flow_step, isNotNull('flow_step_id'), isNull('flow_step_id')),
  ]
  // What a condition cannot be said of (an outcome of an unfinished job) does not meet it.
  const onlyQueued = queued.length > 0
  const side = finished.length > 0 ? 'finished' : undefined
  return { conditions: [...either, ...queued, ...finished], side: onlyQueued ? 'queued' : side }
}

function statusConditions(filter: JobFilter): JobCondition[] {
  const good = { column: 'status', values: ['success', 'skipped'] } as const
  const bad = { column: 'status', values: ['failure', 'canceled'] } as const
  const skipped = { column: 'status', values: ['skipped'] } as const
  return [
    ...words('status', filter.status),
    ...flag(filter.success, { test: 'in', ...good }, { test: 'in', ...bad }),
    ...flag(filter.is_skipped, { test: 'in', ...skipped }, { test: 'not in', ...skipped }),
  ]
}

function words(column: JobColumn, list: string | undefined, isStart = false): JobCondition[] {
  const all = list?.split(',').filter(Boolean) ?? []
  if (all.length === 0) return []
  const isNegated = all.every((word) => word.startsWith('!'))
  const values = isNegated ? all.map((word) => word.slice(1)) : all
  const test = isStart ? ('starts with' as const) : ('in' as const)
  return [{ column, test: isNegated ? (`not ${test}` as const) : test, values }]
}

function during(column: JobTime, before: string | undefined, after: string | undefined): JobCondition[] {
  return [
    ...(before === undefined ? [] : [{ column, test: 'before', at: new Date(before) } as const]),
    ...(after === undefined ? [] : [{ column, test: 'after', at: new Date(after) } as const]),
  ]
}

function contains(column: 'args' | 'result', text: string | undefined): JobCondition[] {
  if (text === undefined || text === '') return []
  const value = parseJson(text, `filter "${column}"`)
  const json = JSON.stringify(value)
  if (holdsUnstorable(value))
    throw new Problem('request.invalid', `The filter "${column}" has a character that no text can hold: leave it out.`)
  return [{ column, test: 'contains', json }]
}

function flag(value: boolean | undefined, yes: JobCondition, no: JobCondition): JobCondition[] {
  if (value === undefined) return []
  return [value ? yes : no]
}

function isNull(column: 'parent_job' | 'flow_step_id'): JobCondition {
  return { column, test: 'is null' }
}

function isNotNull(column: 'parent_job' | 'flow_step_id'): JobCondition {
  return { column, test: 'is not null' }
}

/** A NUL or half a surrogate pair, in a key or a text. */
function holdsUnstorable(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed()
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some((pair) => pair.some(holdsUnstorable))
}
