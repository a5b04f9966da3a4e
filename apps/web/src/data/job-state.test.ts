import { CompletedJob, QueuedJob } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { jobDurationMs, jobState } from './job-state.ts'

const NOW_MS = Date.parse('2026-01-01T12:00:00Z')

const shared = {
  workspace_id: 'admins',
  id: '018f0000-0000-7000-8000-000000000000',
  created_by: 'admin',
  created_at: '2026-01-01T11:59:00Z',
  canceled: false,
  job_kind: 'script',
  permissioned_as: 'u/admin',
  is_flow_step: false,
  email: 'admin@millrace.dev',
  visible_to_owner: true,
  tag: 'default',
}

function queued(fields: Record<string, unknown> = {}) {
  return QueuedJob.parse({ ...shared, type: 'QueuedJob', scheduled_for: shared.created_at, running: false, ...fields })
}

function completed(fields: Record<string, unknown> = {}) {
  return CompletedJob.parse({
    ...shared,
    type: 'CompletedJob',
    duration_ms: 12,
    success: true,
    is_skipped: false,
    ...fields,
  })
}

test('each job has exactly one of the six words', () => {
  expect(jobState(queued())).toBe('waiting')
  expect(jobState(queued({ running: true }))).toBe('running')
  expect(jobState({ ...queued(), ...{ suspend: 1 } })).toBe('suspended')
  expect(jobState(queued({ running: true, suspend: 1 }))).toBe('suspended')
  expect(jobState(completed())).toBe('done')
  expect(jobState(completed({ success: false }))).toBe('failed')
  expect(jobState(completed({ success: false, canceled: true }))).toBe('cancelled')
})

test('a running job lasts since its start, a finished one as long as it was measured', () => {
  expect(jobDurationMs(queued(), NOW_MS)).toBeUndefined()
  expect(jobDurationMs(queued({ running: true, started_at: '2026-01-01T11:59:30Z' }), NOW_MS)).toBe(30_000)
  expect(jobDurationMs(completed(), NOW_MS)).toBe(12)
})
