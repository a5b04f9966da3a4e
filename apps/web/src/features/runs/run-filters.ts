import type { JobListQuery } from '../../data/jobs.ts'
import { stateWords, type StateWord } from '../../ui/state-mark.tsx'

/** Filters of the list of runs as they stand in its URL. */
export interface RunFilters {
  readonly state?: StateWord
  readonly path?: string
  readonly kind?: string
  readonly by?: string
  readonly tag?: string
  /** A concurrency key. */
  readonly key?: string
  readonly worker?: string
  readonly period?: Period
  readonly page?: number
}

export const periods = ['1h', '24h', '7d', '30d'] as const
export type Period = (typeof periods)[number]

export const RUNS_PER_PAGE = 50

const HOUR_MS = 3_600_000
const PERIOD_MS: Readonly<Record<Period, number>> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 168 * HOUR_MS,
  '30d': 720 * HOUR_MS,
}

/** The filters that a URL holds; what is not understood is dropped. */
export function parseRunFilters(search: Readonly<Record<string, unknown>>): RunFilters {
  const state = stateWords.find((word) => word === search['state'])
  const period = periods.find((each) => each === search['period'])
  const page = Number(search['page'])
  return {
    ...(state && { state }),
    ...text('path', search['path']),
    ...text('kind', search['kind']),
    ...text('by', search['by']),
    ...text('tag', search['tag']),
    ...text('key', search['key']),
    ...text('worker', search['worker']),
    ...(period && { period }),
    ...(Number.isInteger(page) && page > 1 && { page }),
  }
}

function text<N extends string>(name: N, value: unknown): { readonly [K in N]?: string } {
  if (typeof value !== 'string' && typeof value !== 'number') return {}
  const trimmed = String(value).trim()
  // The mapped type of one computed key is beyond what the compiler infers.
  return trimmed === '' ? {} : ({ [name]: trimmed } as { readonly [K in N]?: string })
}

/** The filters as the API takes them; a period ends at `nowMs`. */
export function toJobListQuery(filters: RunFilters, nowMs: number): JobListQuery {
  return {
    page: filters.page ?? 1,
    per_page: RUNS_PER_PAGE,
    ...(filters.path !== undefined && { script_path_start: filters.path }),
    ...(filters.kind !== undefined && { job_kinds: filters.kind }),
    ...(filters.by !== undefined && { created_by: filters.by }),
    ...(filters.tag !== undefined && { tag: filters.tag }),
    ...(filters.key !== undefined && { concurrency_key: filters.key }),
    ...(filters.worker !== undefined && { worker: filters.worker }),
    ...(filters.period && { created_after: new Date(nowMs - PERIOD_MS[filters.period]).toISOString() }),
    ...(filters.state && stateQuery(filters.state)),
  }
}

function stateQuery(state: StateWord): JobListQuery {
  switch (state) {
    case 'waiting':
    case 'suspended':
      return { running: false }
    case 'running':
      return { running: true }
    case 'done':
      return { status: 'success' }
    case 'failed':
      return { status: 'failure' }
    case 'cancelled':
      return { status: 'canceled' }
  }
}
