import type { FlowJobResult } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { layTimeline } from './flow-timeline.ts'

const ZERO = Date.parse('2026-01-01T00:00:00Z')
const at = (ms: number) => new Date(ZERO + ms).toISOString()

function job(depth: number, queued: number, started?: number, durationMs?: number): FlowJobResult {
  return {
    job_id: `job at ${queued}`,
    label: 'step',
    kind: 'script',
    flow_step_id: 'a',
    step_path: 'a',
    depth,
    parent_module_type: null,
    sibling_index: 1,
    sibling_count: 1,
    status: durationMs === undefined ? 'running' : 'success',
    created_at: at(queued),
    ...(started !== undefined && { started_at: at(started) }),
    ...(durationMs !== undefined && { duration_ms: durationMs }),
  }
}

test('time of steps is counted once where they overlap, and what is left is outside of them', () => {
  const { totalMs, stepsMs, outsideMs } = layTimeline(
    [job(0, 0, 10, 190), job(1, 20, 30, 50), job(1, 20, 40, 60), job(1, 110, 120, 60)],
    0,
  )
  expect({ totalMs, stepsMs, outsideMs }).toEqual({ totalMs: 200, stepsMs: 130, outsideMs: 70 })
})

test('a job around others adds nothing, for their time is its time', () => {
  const { rows, stepsMs } = layTimeline([job(0, 0, 0, 100), job(1, 0, 10, 80), job(2, 10, 20, 30)], 0)
  expect(rows.map(({ isAround }) => isAround)).toEqual([true, false])
  expect(stepsMs).toBe(30)
})

test('what goes on lasts until now, and what waits has not started', () => {
  const { rows, totalMs, stepsMs } = layTimeline([job(0, 0, 0), job(1, 5, 10), job(1, 60)], ZERO + 90)
  expect({ totalMs, stepsMs }).toEqual({ totalMs: 90, stepsMs: 80 })
  expect(rows[1]).toMatchObject({ queuedMs: 60, startedMs: undefined, endedMs: undefined })
})
