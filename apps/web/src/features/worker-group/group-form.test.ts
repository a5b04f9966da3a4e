import { WorkerGroup } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { applyGroupForm, faultOf, otherFaults, toGroupForm, variableFault, wrongPlaces } from './group-form.ts'

const config = {
  worker_tags: ['gpu'],
  slots: 2,
  env_vars_static: { A: '1' },
  target_wait_ms: 1500,
  autoscaling: { max_workers: 5, integration: { type: 'script' } },
  priority_tags: { gpu: 3 },
}

test('what is not touched is sent as it stands, known or not', () => {
  const form = toGroupForm(config)
  expect(applyGroupForm(config, form, form)).toEqual(config)
  expect(applyGroupForm(null, toGroupForm(null), toGroupForm(null))).toEqual({})
})

test('a change of somebody else to another field is kept', () => {
  const before = toGroupForm(config)
  const now = { ...config, slots: 9, priority_tags: { gpu: 4 } }
  expect(applyGroupForm(now, { ...before, tags: ['gpu', 'big'] }, before)).toEqual({
    ...now,
    worker_tags: ['gpu', 'big'],
  })
})

test('every part of the form is one that the server takes, and reads back as it was typed', () => {
  const before = toGroupForm(null)
  const form = {
    tags: ['a', 'b'],
    slots: '4',
    exitAfterJobs: '100',
    isNative: true,
    variables: [{ id: 0, name: 'A', value: 'x\ny' }],
    passedVariables: ['HTTPS_PROXY'],
    initScript: 'echo hi',
    isScaled: false,
    workersMin: '0',
    workersMax: '7',
    targetWait: '1.5',
  }
  const sent = applyGroupForm(null, form, before)
  expect(WorkerGroup.parse(sent)).toEqual(sent)
  expect(sent['autoscaling']).toEqual({ enabled: false, min_workers: 0, max_workers: 7, target_wait_ms: 1500 })
  expect(toGroupForm(sent)).toEqual(form)
})

test('what is emptied is taken away, and a cleared target wait does not fall back to the other one', () => {
  const before = toGroupForm(config)
  const form = { ...before, tags: [], slots: ' ', variables: [], targetWait: '' }
  expect(applyGroupForm(config, form, before)).toEqual({
    autoscaling: config.autoscaling,
    priority_tags: config.priority_tags,
  })
})

test('what is no number is sent as typed, and faults are found at their field', () => {
  const before = toGroupForm(null)
  const typed = {
    ...before,
    slots: 'four',
    tags: ['ok', 'a(b)'],
    variables: [{ id: 1, name: '1A', value: 'x' }],
    workersMin: '3',
    workersMax: '2',
  }
  const parsed = WorkerGroup.safeParse({ ...applyGroupForm(null, typed, before), dedicated_worker: 'x' })
  const faults = new Map(parsed.error?.issues.map((issue) => [issue.path.map(String).join('.'), issue.message]))
  expect(faultOf(faults, 'slots')).toContain('expected number')
  expect(faultOf(faults, 'tags')).toContain('without spaces')
  expect(wrongPlaces(faults, 'tags')).toEqual(new Set([1]))
  expect(variableFault(faults, '1A')).toContain('Invalid key')
  expect(otherFaults(faults)).toEqual([expect.stringContaining('dedicated_worker: ')])

  const limits = WorkerGroup.safeParse({ autoscaling: { min_workers: 3, max_workers: 2 } })
  const limitFaults = new Map(limits.error?.issues.map((issue) => [issue.path.map(String).join('.'), issue.message]))
  expect(faultOf(limitFaults, 'workersMax')).toBe('must not be less than min_workers')
})
