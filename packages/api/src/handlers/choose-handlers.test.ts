import type { HandlerRow } from '@millrace/db/tables/handler'
import type { JobEnd } from '@millrace/db/tables/job-end'
import { expect, test } from 'vitest'
import { chooseHandlers } from './choose-handlers.ts'

const at = new Date('2026-01-02T03:04:05Z')
let count = 0

function end(more: Partial<JobEnd> = {}): JobEnd {
  count += 1
  return {
    id: count,
    workspace_id: 'w',
    job_id: `job-${count}`,
    status: 'failure',
    kind: 'script',
    path: 'f/a/x',
    email: 'ann@example.org',
    trigger_kind: null,
    trigger_path: null,
    started_at: at,
    created_at: at,
    result: '{"error":{"name":"Error","message":"no net"}}',
    is_too_large: false,
    is_muted: false,
    ...more,
  }
}

function handler(event: string, more: Partial<HandlerRow> = {}): HandlerRow {
  return {
    workspace_id: 'w',
    scope: 'workspace',
    event,
    kind: 'script',
    path: 'f/handlers/tell',
    extra_args: null,
    muted_on_cancel: false,
    muted_on_user_path: false,
    muted_on_ui_runs: false,
    username: 'ann',
    email: 'ann@example.org',
    edited_at: at,
    fault: null,
    faulted_at: null,
    ...more,
  }
}

const events = (ends: readonly JobEnd[], handlers: readonly HandlerRow[]) =>
  chooseHandlers(ends, handlers, []).tellings.map((telling) => telling.handler.event)

test('an error is told with what is known of it, over the arguments of the handler itself', () => {
  const [telling] = chooseHandlers(
    [end()],
    [handler('error', { extra_args: { channel: 'ops', path: 'mine' } })],
    [],
  ).tellings
  expect(telling?.args).toEqual({
    channel: 'ops',
    workspace_id: 'w',
    job_id: `job-${count}`,
    path: 'f/a/x',
    is_flow: false,
    email: 'ann@example.org',
    started_at: '2026-01-02T03:04:05.000Z',
    error: { name: 'Error', message: 'no net' },
  })
})

test('a result that is no error is told as it is, one that is too large is not, and a schedule is named', () => {
  const ends = [
    end({ result: '[1]', trigger_kind: 'schedule', trigger_path: 'f/a/daily' }),
    end({ result: null, is_too_large: true, trigger_kind: 'http', trigger_path: 'f/a/route' }),
  ]
  const [plain, large] = chooseHandlers(ends, [handler('error')], []).tellings.map(({ args }) => args)
  expect(plain).toMatchObject({ error: [1], schedule_path: 'f/a/daily' })
  expect(plain).not.toHaveProperty('trigger_path')
  expect(large).toMatchObject({ error: { name: 'TooLarge' }, trigger_path: 'f/a/route' })
})

test.each([
  ['cancelled jobs', { muted_on_cancel: true }, { status: 'canceled' }],
  ['jobs of people’s own paths', { muted_on_user_path: true }, { path: 'u/ann/x' }],
  ['jobs that were started in the browser', { muted_on_ui_runs: true }, { trigger_kind: 'ui' }],
] as const)('a handler may be muted for %s', (_what, muted, of) => {
  expect(events([end(of)], [handler('error')])).toEqual(['error'])
  expect(events([end(of)], [handler('error', muted)])).toEqual([])
  expect(events([end()], [handler('error', muted)])).toEqual(['error'])
})

test('an item that is muted has no failure told, and so no recovery; its successes are', () => {
  const all = [handler('error'), handler('success'), handler('recovery')]
  expect(events([end({ is_muted: true }), end({ is_muted: true, status: 'success' })], all)).toEqual(['success'])
})

test('handlers of another workspace are not told, those of the instance are, and nobody is of himself', () => {
  const elsewhere = handler('error', { workspace_id: 'other' })
  const everywhere = handler('error', { workspace_id: 'admins', scope: 'instance' })
  expect(chooseHandlers([end()], [elsewhere, everywhere], []).tellings.map((telling) => telling.handler)).toEqual([
    everywhere,
  ])
  expect(events([end({ path: 'f/handlers/tell' })], [handler('error')])).toEqual([])
  expect(events([end({ path: 'f/handlers/tell', kind: 'flow' })], [handler('error')])).toEqual(['error'])
  expect(events([end({ path: 'f/handlers/tell' })], [everywhere])).toEqual(['error'])
})

test('recovery is the first success after failures, which it tells; a cancel is neither', () => {
  const handlers = [handler('recovery')]
  const first = chooseHandlers([end({ status: 'success' }), end(), end({ status: 'canceled' })], handlers, [])
  expect([first.tellings, first.recovered]).toEqual([[], []])
  expect(first.failing).toMatchObject([{ workspace_id: 'w', kind: 'script', path: 'f/a/x', times: 1 }])
  const ends = [end(), end({ path: 'f/a/y', status: 'success' }), end({ status: 'success', result: '7' })]
  const next = chooseHandlers([...ends, end({ status: 'success' })], handlers, first.failing)
  expect(next.failing).toEqual([])
  expect(next.recovered).toEqual(first.failing)
  expect(next.tellings.map(({ end: { id } }) => id)).toEqual([ends[2]?.id])
  expect(next.tellings[0]?.args).toMatchObject({
    success_result: 7,
    success_times: 1,
    error: { message: 'no net' },
    failed_job_id: ends[0]?.job_id,
    failed_times: 2,
    error_started_at: at.toISOString(),
  })
})

test('what fails is kept only where somebody is told when it recovers', () => {
  expect(chooseHandlers([end()], [handler('error')], []).failing).toEqual([])
})
