import { expect, test } from 'vitest'
import { identity, ranIn, runFlow, step } from '../../testing/run-flow.ts'
import type { Told } from '../../testing/world.ts'
import { testStepKind } from '../suite.ts'
import { branchall } from './index.ts'

const inner = (id: string) => ({
  id,
  value: { type: 'rawscript', language: 'none', content: '{}', input_transforms: {} },
})
const sample = { type: 'branchall', branches: [{ modules: [inner('x')] }, { modules: [inner('y')] }], parallel: true }

testStepKind({
  kind: branchall,
  sample,
  refused: {
    branches: { ...sample, branches: 'none' },
    'branches[1].modules': { ...sample, branches: [{ modules: [] }, {}] },
  },
})

function all(told: readonly Told[], value: object = {}, skip: readonly number[] = []) {
  const branches = told.map((one, nth) => ({ modules: [step(`s${nth}`, one)], skip_failure: skip.includes(nth) }))
  return { id: 'b', value: { type: 'branchall', branches, ...value } }
}

test.each([true, false])('its result has those of its branches in order (F34; parallel: %s)', (parallel) => {
  const run = runFlow({ modules: [all([{ value: 1 }, { value: 2 }, { value: 3 }], { parallel })] })
  expect(run.result).toEqual([1, 2, 3])
})

test('without branches it gives an empty list, and an empty branch the previous result (F34, F32)', () => {
  expect(runFlow({ modules: [all([])] }).result).toEqual([])
  const value = { type: 'branchall', branches: [{ modules: [] }, { modules: [identity('i')] }] }
  expect(runFlow({ modules: [step('a', { value: 7 }), { id: 'b', value }] }).result).toEqual([7, 7])
})

test.each([true, false])(
  'a failed branch that is skipped has its error in its slot (F34; parallel: %s)',
  (parallel) => {
    const run = runFlow({ modules: [all([{ fails: -1 }, { value: 2 }], { parallel }, [0])] })
    expect(run).toMatchObject({ status: 'success', result: [{ error: { name: 'StepError', step_id: 's0' } }, 2] })
  },
)

test('one by one it fails at once, in parallel when all have ended, with the first by index (F34)', () => {
  const told = [{ value: 1 }, { fails: -1 }, { fails: -1 }]
  const inTurn = runFlow({ modules: [all(told)] })
  expect(ranIn(inTurn)).toHaveLength(2)
  for (let seed = 0; seed < 8; seed += 1) {
    const together = runFlow({ modules: [all(told, { parallel: true })] }, { seed })
    expect(ranIn(together)).toHaveLength(3)
    expect(together).toMatchObject({ status: 'failure', result: { error: { step_id: 's1' } } })
  }
})

test.each([true, false])('a stop in a branch ends that branch alone (F16; parallel: %s)', (parallel) => {
  const stop = { stop_after_if: { expr: 'true' } }
  const branches = [{ modules: [step('a', { value: 1 }, stop), step('b')] }, { modules: [step('c', { value: 2 })] }]
  const run = runFlow({ modules: [{ id: 'all', value: { type: 'branchall', branches, parallel } }, identity('after')] })
  expect(run).toMatchObject({ status: 'success', result: [1, 2] })
})
