import { expect, test } from 'vitest'
import { identity, ranIn, runFlow, step } from '../../testing/run-flow.ts'
import { testStepKind } from '../suite.ts'
import { branchone } from './index.ts'

const inner = { id: 'in', value: { type: 'rawscript', language: 'none', content: '{}', input_transforms: {} } }
const sample = { type: 'branchone', branches: [{ summary: 's', expr: 'true', modules: [inner] }], default: [] }

testStepKind({
  kind: branchone,
  sample,
  refused: {
    branches: { ...sample, branches: undefined },
    'branches[0].expr': { ...sample, branches: [{ modules: [] }] },
    'branches[0].modules': { ...sample, branches: [{ expr: 'true' }] },
    default: { ...sample, default: undefined },
  },
})

function branch(exprs: readonly string[], options: object = {}) {
  const branches = exprs.map((expr, nth) => ({ expr, modules: [step(`b${nth}`)] }))
  return { id: 'b', value: { type: 'branchone', branches, default: [step('d')] }, ...options }
}

test('it takes the first branch whose condition holds, or the default one (F33)', () => {
  expect(ranIn(runFlow({ modules: [branch(['false', '1', 'true'])] }))).toEqual(['/b.0.0/b1#0'])
  expect(ranIn(runFlow({ modules: [branch(['0', 'null'])] }))).toEqual(['/b.0.0/d#0'])
})

test('a condition after the one that holds may be senseless, one before it fails the step (F33, F7)', () => {
  expect(runFlow({ modules: [branch(['true', 'nothing.at.all'])] }).status).toBe('success')
  expect(runFlow({ modules: [branch(['nothing.at.all', 'true'])] })).toMatchObject({
    status: 'failure',
    result: { error: { name: 'ReferenceError', step_id: 'b' } },
  })
})

test('an empty branch, or none and an empty default, passes the previous result on (F33)', () => {
  const empty = (expr: string) => ({ type: 'branchone', branches: [{ expr, modules: [] }], default: [] })
  for (const expr of ['true', 'false']) {
    const run = runFlow({ modules: [step('a', { value: 7 }), { id: 'b', value: empty(expr) }] })
    expect(run).toMatchObject({ result: 7, transitions: 2 })
    expect(runFlow({ modules: [{ id: 'b', value: empty(expr) }] }, { input: { n: 1 } }).result).toEqual({ n: 1 })
  }
})

test('the first of a branch sees the result before the branch (F32)', () => {
  const value = { type: 'branchone', branches: [{ expr: 'true', modules: [identity('x')] }], default: [] }
  expect(runFlow({ modules: [step('a', { value: 7 }), { id: 'b', value }] }).result).toBe(7)
})

test('a stop in a branch stops what the branchone is in, with its result (F16)', () => {
  const stop = { stop_after_if: { expr: 'true', skip_if_stopped: true } }
  const value = { type: 'branchone', branches: [], default: [step('s', { value: 3 }, stop), step('t')] }
  const run = runFlow({ modules: [{ id: 'b', value }, step('after')] })
  expect(run).toMatchObject({ status: 'skipped', result: 3 })
})

test('a stop with an error in a branch is neither retried nor continued on (F16)', () => {
  const stop = { stop_after_if: { expr: 'true', error_message: 'no' } }
  const value = { type: 'branchone', branches: [], default: [step('s', {}, stop)] }
  const options = { retry: { constant: { attempts: 2, seconds: 0 } }, continue_on_error: true }
  const run = runFlow({ modules: [{ id: 'b', value, ...options }, step('after')] })
  expect(run).toMatchObject({ status: 'failure', result: { error: { message: 'no', step_id: 's' } } })
  expect(ranIn(run)).toEqual(['/b.0.0/s#0'])
})
