import { expect, test } from 'vitest'
import { readFlowTree, walkSteps } from '../../flow-graph/core/flow-tree.ts'
import type { StepState } from '../../flow-graph/core/run-states.ts'
import { placeInside, placeOf, placeOfRound } from './step-place.ts'

const identity = (id: string) => ({ id, value: { type: 'identity' } })
const tree = readFlowTree({
  modules: [
    identity('a'),
    {
      id: 'l',
      value: {
        type: 'forloopflow',
        modules: [{ id: 'o', value: { type: 'branchone', branches: [], default: [identity('c')] } }],
      },
    },
  ],
  failure_module: identity('failure'),
})
const rounds = { jobs: ['x', 'y'], success: [true, false], durations: [1, 1], done: 1, failed: 1, all: 2, shown: 1 }
const state: StepState = { word: 'failed', rounds, retriedJobs: [], approvers: [] }
const states = new Map([['l', state]])

function place(id: string) {
  const step = [...walkSteps(tree)].find((each) => each.id === id)
  return step && placeOf(tree.steps, states, step)
}

test('a step has its place in what is looked at, and one outside of the list has none', () => {
  expect(place('a')).toEqual({ step_id: 'a' })
  expect(place('l')).toEqual({ step_id: 'l' })
  const inside = [{ step_id: 'o' }, { step_id: 'c' }]
  expect(place('c')).toEqual({ step_id: 'l', branch_or_iteration_n: 1, nested_path: inside })
  expect(place('failure')).toBeUndefined()
})

test('an iteration is the last part of its place', () => {
  expect(placeOfRound({ step_id: 'l' }, 3)).toEqual({ step_id: 'l', branch_or_iteration_n: 3 })
  const nested = { step_id: 'l', branch_or_iteration_n: 1, nested_path: [{ step_id: 'm' }] }
  expect(placeOfRound(nested, 0).nested_path).toEqual([{ step_id: 'm', branch_or_iteration_n: 0 }])
})

test('a step of the flow that it calls', () => {
  const loop = { step_id: 'l', branch_or_iteration_n: 1, nested_path: [{ step_id: 's' }] }
  expect(placeInside(loop, 'q').nested_path).toEqual([{ step_id: 's' }, { step_id: 'q' }])
  expect(placeInside({ step_id: 's' }, 'q')).toEqual({ step_id: 's', nested_path: [{ step_id: 'q' }] })
})
