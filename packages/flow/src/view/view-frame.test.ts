import { describe, expect, test } from 'vitest'
import type { FrameState } from '../core/protocol.ts'
import { viewFrame, type ViewedChild, type ViewedFrame } from './view-frame.ts'

const input = { kind: 'input', frame: 'f' } as const
const state = (more: Partial<FrameState>): FrameState => ({
  at: 0,
  previous: input,
  ended: {},
  current: undefined,
  isOver: false,
  ...more,
})
const running = (module: string, more: object = {}) =>
  ({ module, phase: 'running', failures: 0, cursor: null, ...more }) as const
const child = (id: string, module: string, more: Partial<ViewedChild> = {}): ViewedChild => ({
  id,
  module,
  index: 0,
  failures: 0,
  isRunning: false,
  status: undefined,
  startedAt: undefined,
  durationMs: undefined,
  ...more,
})
const module = (id: string, type = 'rawscript', more: object = {}) => ({ id, value: { type, ...more } })
const job = (id: string) => ({ kind: 'job', id }) as const

function view(more: Partial<ViewedFrame>) {
  return viewFrame({
    modules: [module('a'), module('b'), module('c')],
    preprocessor: undefined,
    failure: undefined,
    state: undefined,
    children: [],
    awaits: {},
    answers: [],
    userStates: {},
    ...more,
  })
}
const typesOf = (more: Partial<ViewedFrame>) => view(more).modules.map(({ type }) => type)

describe('modules in their order', () => {
  test('wait before the run begins', () => {
    expect(view({})).toEqual({
      step: 0,
      modules: ['a', 'b', 'c'].map((id) => ({ type: 'WaitingForPriorSteps', id })),
      failure_module: { type: 'WaitingForPriorSteps', id: 'failure' },
    })
  })

  test('wait for a worker, run, and are over', () => {
    const ended = { a: { status: 'success', result: job('1') } } as const
    const at = state({ at: 1, ended, current: running('b') })
    const children = [child('1', 'a', { status: 'success' }), child('2', 'b')]
    expect(typesOf({ state: at, children })).toEqual(['Success', 'WaitingForExecutor', 'WaitingForPriorSteps'])
    const begun = [children[0] ?? child('1', 'a'), child('2', 'b', { isRunning: true })]
    expect(view({ state: at, children: begun })).toMatchObject({
      step: 1,
      modules: [{ job: '1' }, { type: 'InProgress', job: '2' }, {}],
    })
  })

  test('that are tried again wait, and name the runs that failed', () => {
    const at = state({ current: running('a', { phase: 'retrying', failures: 1 }) })
    const found = view({ state: at, children: [child('1', 'a', { status: 'failure' })] })
    expect(found.modules[0]).toMatchObject({ type: 'WaitingForExecutor', job: '1' })
    expect(found.retry).toEqual({ fail_count: 1, failed_jobs: ['1'] })
    const again = [child('1', 'a', { status: 'failure' }), child('2', 'a', { failures: 1, isRunning: true })]
    expect(
      view({ state: state({ current: running('a', { failures: 1 }) }), children: again }).modules[0],
    ).toMatchObject({
      type: 'InProgress',
      job: '2',
      failed_retries: ['1'],
    })
  })

  test('at which the run ended say that they failed, also without an end of their own', () => {
    const over = state({ current: running('a'), isOver: true })
    expect(typesOf({ state: over, children: [child('1', 'a', { status: 'canceled' })] })[0]).toBe('Failure')
  })
})

describe('people are waited for', () => {
  const ended = { a: { status: 'success', result: job('1') } } as const
  const awaiting = (id: string) =>
    ({ ...running(id), phase: 'awaiting', events: { approvals: 1, isDisapproved: false } }) as const
  const children = [child('1', 'a', { status: 'success' })]

  test('at the place of the module that comes next, with how many are missing', () => {
    const at = state({ ended, current: awaiting('a') })
    const answers = [{ module: 'a', resume_id: 5, approver: 'ann' }]
    const found = view({ state: at, children, awaits: { a: { required: 3 } }, answers })
    expect(found.step).toBe(1)
    expect(found.modules[0]).toMatchObject({ type: 'Success', approvers: [{ resume_id: 5, approver: 'ann' }] })
    expect(found.modules[1]).toMatchObject({ type: 'WaitingForEvents', count: 2, job: '1' })
  })

  test('at its own place where it is the last', () => {
    const at = state({ ended, current: awaiting('a') })
    expect(view({ modules: [module('a')], state: at, children })).toMatchObject({
      step: 0,
      modules: [{ type: 'WaitingForEvents', count: 0 }],
    })
  })
})

describe('modules with many children', () => {
  const loop = module('a', 'forloopflow', { parallel: true })

  test('tell them by index, the newest run of each, and how many there will be', () => {
    const at = state({ current: running('a', { cursor: { count: 4 } }) })
    const children = [
      child('0', 'a', { status: 'failure' }),
      child('0b', 'a', { failures: 1, status: 'success', startedAt: 'then', durationMs: 5 }),
      child('1', 'a', { index: 1, status: 'failure' }),
      child('2', 'a', { index: 2, isRunning: true }),
    ]
    expect(view({ modules: [loop], state: at, children }).modules[0]).toMatchObject({
      type: 'InProgress',
      job: '2',
      parallel: true,
      iterator: { index: 2, itered_len: 4 },
      flow_jobs: ['0b', '1', '2'],
      flow_jobs_success: [true, false, null],
      flow_jobs_duration: { started_at: ['then', null, null], duration_ms: [5, null, null] },
      failed_retries: ['0'],
    })
  })

  test('tell an empty list too', () => {
    const result = { kind: 'children', frame: 'f', module: 'a', failures: 0, count: 0 } as const
    const at = state({ ended: { a: { status: 'success', result } } })
    expect(view({ modules: [loop], state: at }).modules[0]).toMatchObject({
      flow_jobs: [],
      iterator: { itered_len: 0 },
    })
  })

  test('tell which branch was taken', () => {
    const one = module('a', 'branchone')
    const taken = (more: Partial<FrameState>) => view({ modules: [one], state: state(more) }).modules[0]?.branch_chosen
    expect(taken({ ended: { a: { status: 'success', result: input, branch: 2 } } })).toEqual({
      type: 'branch',
      branch: 2,
    })
    expect(taken({ current: running('a', { cursor: { branch: 'default' } }) })).toEqual({ type: 'default' })
    const all = module('a', 'branchall')
    const children = [child('0', 'a', { status: 'success' }), child('1', 'a', { index: 1 })]
    const current = running('a', { cursor: { count: 2 } })
    expect(view({ modules: [all], state: state({ current }), children }).modules[0]).toMatchObject({
      branchall: { branch: 1, len: 2 },
    })
  })
})

test('the step that failed stands beside its failure module', () => {
  const failed = { result: job('1'), step: 'b' }
  const at = state({ at: -1, failed, current: running('failure') })
  const found = view({ failure: module('failure'), state: at, children: [child('9', 'failure', { isRunning: true })] })
  expect(found.failure_module).toMatchObject({ type: 'InProgress', job: '9', parent_module: 'b' })
  expect(found.modules[1]?.type).toBe('Failure')
})

describe('an agent', () => {
  const called = { tool: 't', name: 'add' }
  const agent = module('a', 'aiagent')
  const own = [
    child('1', 'a', { status: 'success' }),
    child('2', 'a', { index: 1, status: 'failure', called }),
    child('3', 'a', { index: 2, status: 'success', called: { tool: 's', name: 'look', resource: '$res:f/x/s' } }),
    child('4', 'a', { index: 3, isRunning: true }),
  ]

  test('lists what its model said and called (F92)', () => {
    const seen = view({ modules: [agent], state: state({ current: running('a') }), children: own }).modules[0]
    expect(seen).toEqual({
      type: 'InProgress',
      id: 'a',
      job: '4',
      agent_actions: [
        { type: 'message', job_id: '1' },
        { type: 'tool_call', job_id: '2', function_name: 'add', module_id: 't' },
        { type: 'mcp_tool_call', call_id: '3', job_id: '3', function_name: 'look', resource_path: '$res:f/x/s' },
        { type: 'message', job_id: '4' },
      ],
      agent_actions_success: [true, false, true],
    })
  })

  test('that is run again is seen by its last run, and what the one before failed with (F12)', () => {
    const again = child('5', 'a', { failures: 1, isRunning: true })
    const current = running('a', { failures: 1 })
    const [seen] = view({ modules: [agent], state: state({ current }), children: [...own, again] }).modules
    expect(seen).toMatchObject({ job: '5', failed_retries: ['4'], agent_actions: [{ job_id: '5' }] })
  })
})
