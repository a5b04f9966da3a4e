import { Problem } from '@millrace/base/problem'
import type { Job, JobFilter } from '@millrace/contracts'
import type { Queryable } from '@millrace/db'
import {
  countQueuedJobs,
  listFinishedJobs,
  listQueuedJobs,
  type JobColumn,
  type JobCondition,
  type JobListQuery,
  type JobRow,
  type JobTime,
} from '@millrace/db/tables/job'
import type { WorkspaceContext } from '../http/implement.ts'
import { parseJson } from '../http/parse-json.ts'
import { pageOf } from '../page-of.ts'
import { toJob } from './to-job.ts'

/** The workspace from which a superadmin may look at all of them. */
const ADMIN_WORKSPACE = 'admins'

/** Lists unfinished, finished or all jobs by the filter of a request; all of them is unfinished ones first. */
export async function listJobs(
  cx: WorkspaceContext,
  filter: JobFilter,
  which: { readonly queued: boolean; readonly finished: boolean; readonly perPageMax?: number },
): Promise<Job[]> {
  const { conditions, side } = readFilter(filter)
  const workspace = filter.all_workspaces ? requireAll(cx) : cx.workspace
  const query = { ...pageOf(filter, which.perPageMax), ascending: filter.order_desc === false, workspace, conditions }
  const wants = { queued: which.queued && side !== 'finished', finished: which.finished && side !== 'queued' }
  const list = (db: Queryable) => listRows(db, query, wants)
  const rows = workspace === undefined ? await list(cx.db.kysely) : await cx.inside(list)
  return rows.map(toJob)
}

/** Undefined, all workspaces, for those who may see them. */
export function requireAll(cx: WorkspaceContext): undefined {
  if (cx.workspace === ADMIN_WORKSPACE && cx.caller.isSuperAdmin && cx.caller.boundTo === undefined) return undefined
  throw new Problem(
    'auth.forbidden',
    `Only superadmins may look at all workspaces, from the workspace "${ADMIN_WORKSPACE}".`,
  )
}

/** A job that ends between the two statements is in both: the finished one counts. */
async function listRows(
  db: Queryable,
  query: JobListQuery,
  wants: { readonly queued: boolean; readonly finished: boolean },
): Promise<readonly JobRow[]> {
  const queued = wants.queued ? await listQueuedJobs(db, query) : []
  if (!wants.finished || queued.length === query.limit) return queued
  const before = await countBefore(db, query, wants.queued ? queued.length : undefined)
  const rest = { ...query, offset: Math.max(0, query.offset - before), limit: query.limit - queued.length }
  const finished = await listFinishedJobs(db, rest)
  const ended = new Set(finished.map((row) => row.id))
  return [...queued.filter((row) => !ended.has(row.id)), ...finished]
}

/** How many unfinished jobs stand before the finished ones of this page. */
async function countBefore(db: Queryable, query: JobListQuery, queued: number | undefined): Promise<number> {
  if (queued === undefined || query.offset === 0) return 0
  return queued > 0 ? query.offset + queued : await countQueuedJobs(db, query)
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
  const skipped = { column: 'status', values: ['skipped'] } as const
  return [
    ...words('status', filter.status),
    ...flag(filter.success, { test: 'in', ...good }, { test: 'not in', ...good }),
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
