import type { FlowStatusModule } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { readFlowTree } from './flow-tree.ts'
import { readRunStates, type JobFact, type KnownRun } from './run-states.ts'

const plain = (id: string) => ({ id, value: { type: 'identity' } })
const loop = (id: string, ...modules: readonly object[]) => ({ id, value: { type: 'forloopflow', modules } })
const branch = (id: string, ...lists: readonly (readonly object[])[]) => ({
  id,
  value: { type: 'branchone', branches: lists.map((modules) => ({ expr: 'true', modules })), default: [] },
})

function read(modules: readonly object[], status: readonly FlowStatusModule[], known: Partial<KnownRun> = {}) {
  const root = { id: 'root', flow_status: statusOf(status) }
  const run = { root, frames: new Map(), facts: new Map<string, JobFact>(), chosen: new Map(), ...known }
  return readRunStates(readFlowTree({ modules }), run)
}

function statusOf(modules: readonly FlowStatusModule[]) {
  return { step: 0, modules: [...modules], failure_module: { type: 'WaitingForPriorSteps' as const } }
}

test('each state of a module has its word, and what has not begun has none', () => {
  const { states } = read(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(plain),
    [
      { id: 'a', type: 'Success' },
      { id: 'b', type: 'Success', skipped: true },
      { id: 'c', type: 'Failure', job: 'stopped' },
      { id: 'd', type: 'WaitingForEvents', count: 2 },
      { id: 'e', type: 'WaitingForExecutor' },
      { id: 'f', type: 'InProgress' },
      { id: 'g', type: 'WaitingForPriorSteps' },
    ],
    { facts: new Map([['stopped', { status: 'canceled' }]]) },
  )
  const words = [...states.values()].map(({ word }) => word)
  expect(words).toEqual(['done', 'skipped', 'cancelled', 'suspended', 'waiting', 'running', undefined])
  expect(states.get('d')?.missing).toBe(2)
})

const iterations = {
  id: 'l',
  type: 'InProgress' as const,
  flow_jobs: ['j0', 'j1', 'j2'],
  flow_jobs_success: [true, false, null],
  iterator: { index: 2, itered_len: 40 },
}

test('a loop counts its iterations and shows the first that failed, or the one that was chosen', () => {
  const modules = [loop('l', plain('x'), plain('y'))]
  const { states, frames } = read(modules, [iterations])
  expect(states.get('l')?.rounds).toMatchObject({ done: 2, failed: 1, all: 40, shown: 1 })
  expect(frames).toEqual(['j1'])
  const chosen = read(modules, [iterations], { chosen: new Map([['l', 0]]) })
  expect(chosen.frames).toEqual(['j0'])
})

test('steps of an iteration have the states of the job of that iteration', () => {
  const status = statusOf([
    { id: 'x', type: 'Success' },
    { id: 'y', type: 'InProgress' },
  ])
  const frames = new Map([['j1', { id: 'j1', flow_status: status }]])
  const { states } = read([loop('l', plain('x'), plain('y'))], [iterations], { frames })
  expect([states.get('x')?.word, states.get('y')?.word]).toEqual(['done', 'running'])
})

test('where the body is one plain step, the job of the iteration is the step', () => {
  const { states } = read([loop('l', plain('x'))], [iterations], {
    frames: new Map([['j1', { id: 'j1' }]]),
    facts: new Map([['j1', { status: 'failure', duration_ms: 7 }]]),
  })
  expect(states.get('x')).toMatchObject({ word: 'failed', jobId: 'j1', durationMs: 7 })
})

test('of branches, only the steps of the chosen one have a state', () => {
  const frames = new Map([['f', { id: 'f', flow_status: statusOf([{ id: 'y', type: 'Success' }]) }]])
  const chosen: FlowStatusModule = { id: 'b', type: 'Success', job: 'f', branch_chosen: { type: 'branch', branch: 1 } }
  const { states } = read([branch('b', [plain('x')], [plain('y')])], [chosen], { frames })
  expect(states.has('x')).toBe(false)
  expect(states.get('y')?.word).toBe('done')
})

test('an agent tells what its model said and called, and how that went', () => {
  const { states } = read(
    [plain('a')],
    [
      {
        id: 'a',
        type: 'InProgress',
        job: 'j3',
        agent_actions: [
          { type: 'message', job_id: 'j1' },
          { type: 'tool_call', job_id: 'j2', function_name: 'add', module_id: 't' },
          { type: 'message', job_id: 'j3' },
        ],
        agent_actions_success: [true, false],
      },
    ],
  )
  expect(states.get('a')?.calls).toEqual([
    { job: 'j1', tool: undefined, isGood: true },
    { job: 'j2', tool: 'add', isGood: false },
    { job: 'j3', tool: undefined, isGood: undefined },
  ])
})
