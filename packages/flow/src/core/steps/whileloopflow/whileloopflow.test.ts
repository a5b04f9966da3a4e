import { expect, test } from 'vitest'
import { identity, ranIn, runFlow, step } from '../../testing/run-flow.ts'
import { testStepKind } from '../suite.ts'
import { whileloopflow } from './index.ts'

const inner = { id: 'in', value: { type: 'rawscript', language: 'none', content: '{}', input_transforms: {} } }
const sample = { type: 'whileloopflow', modules: [inner], skip_failures: false }

testStepKind({
  kind: whileloopflow,
  sample,
  refused: { modules: { ...sample, modules: 'none' }, parallel: { ...sample, parallel: true } },
})

function loop(modules: readonly object[], value: object = {}, options: object = {}) {
  return { id: 'w', value: { type: 'whileloopflow', modules, skip_failures: false, ...value }, ...options }
}

test('a stop in its body ends it after that iteration, which is kept (F38)', () => {
  const stop = { stop_after_if: { expr: 'flow_input.iter.index === 2' } }
  const run = runFlow({ modules: [loop([step('a', { value: 1 }, stop)]), identity('after')] })
  expect(run).toMatchObject({ status: 'success', result: [1, 1, 1] })
})

test('its own condition is judged after each iteration, also of a plain step (F37)', () => {
  const stop = { stop_after_if: { expr: 'flow_input.iter.index === 2' } }
  const run = runFlow({ modules: [loop([step('a', { value: 1 })], {}, stop), identity('after')] })
  expect(run).toMatchObject({ status: 'success', result: [1, 1, 1] })
})

test('the value of an iteration is its index (F32)', () => {
  const stop = { stop_after_if: { expr: 'flow_input.iter.value === 1' } }
  expect(runFlow({ modules: [loop([identity('a')], {}, stop)] }).result).toEqual([0, 1])
})

test('a failure ends it, unless it is skipped (F38)', () => {
  const failing = step('a', { fails: -1 })
  const run = runFlow({ modules: [loop([failing])] })
  expect(run).toMatchObject({ status: 'failure', result: { error: { step_id: 'a' } } })
  expect(ranIn(run)).toHaveLength(1)

  const stop = { stop_after_if: { expr: 'result.error && flow_input.iter.index === 1' } }
  const skipping = runFlow({ modules: [loop([failing], { skip_failures: true }, stop)] })
  expect(skipping).toMatchObject({ status: 'success', result: [{ error: {} }, { error: {} }] })
})

test('without modules nothing could stop it, and it gives an empty list (F38)', () => {
  expect(runFlow({ modules: [loop([])] }).result).toEqual([])
})

test('it never runs in parallel (F38)', () => {
  const stop = { stop_after_if: { expr: 'flow_input.iter.index === 3' } }
  const run = runFlow({ modules: [loop([step('a')], { parallel: false, parallelism: 4 }, stop)] })
  expect(run.runs.every(({ startedAt }, nth) => startedAt >= (run.runs[nth - 1]?.endedAt ?? 0))).toBe(true)
})
