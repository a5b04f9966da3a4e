import { expect, test } from 'vitest'
import { parseRunFilters, toJobListQuery } from './run-filters.ts'

const NOW_MS = Date.parse('2026-01-02T00:00:00Z')

test('a URL keeps what it means and drops the rest', () => {
  expect(parseRunFilters({ state: 'failed', path: ' f/a ', page: '3', period: '24h', other: 1 })).toEqual({
    state: 'failed',
    path: 'f/a',
    page: 3,
    period: '24h',
  })
  expect(parseRunFilters({ tag: 'gpu', key: 'mail', worker: 'w1' })).toEqual({ tag: 'gpu', key: 'mail', worker: 'w1' })
  expect(parseRunFilters({ state: 'exploded', path: '', page: '-1', period: 'ever', by: null })).toEqual({})
})

test('filters become the query of the list', () => {
  const query = toJobListQuery(
    { path: 'f/a', kind: 'script', by: 'ada', tag: 'gpu', key: 'mail', worker: 'w1', period: '24h', page: 2 },
    NOW_MS,
  )
  expect(query).toEqual({
    page: 2,
    per_page: 50,
    script_path_start: 'f/a',
    job_kinds: 'script',
    created_by: 'ada',
    tag: 'gpu',
    concurrency_key: 'mail',
    worker: 'w1',
    created_after: '2026-01-01T00:00:00.000Z',
  })
})

test.each([
  ['running', { running: true }],
  ['waiting', { running: false }],
  ['done', { status: 'success' }],
  ['failed', { status: 'failure' }],
  ['cancelled', { status: 'canceled' }],
] as const)('the state %s asks for it', (state, expected) => {
  expect(toJobListQuery({ state }, NOW_MS)).toMatchObject(expected)
})
