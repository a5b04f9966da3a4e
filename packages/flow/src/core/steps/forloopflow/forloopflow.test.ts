import { describe, expect, test } from 'vitest'
import type { FlowRun } from '../../testing/memory-shell.ts'
import { each, identity, ranIn, runFlow, step } from '../../testing/run-flow.ts'
import { testStepKind } from '../suite.ts'
import { forloopflow } from './index.ts'

const inner = { id: 'in', value: { type: 'rawscript', language: 'none', content: '{}', input_transforms: {} } }
const iterator = { type: 'javascript', expr: 'flow_input.list' }
const sample = { type: 'forloopflow', modules: [inner], iterator, skip_failures: false, parallel: true, parallelism: 2 }

describe('one plain step as its body', () => {
  testStepKind({
    kind: forloopflow,
    sample,
    refused: {
      modules: { ...sample, modules: undefined },
      iterator: { ...sample, iterator: undefined },
      parallelism: { ...sample, parallelism: -1 },
    },
  })
})

describe('frames as its body', () => {
  testStepKind({ kind: forloopflow, sample: { ...sample, modules: [inner, { ...inner, id: 'two' }] }, refused: {} })
})

/** Two bodies that mean the same: one plain step, and one that needs a frame for each iteration. */
const BODIES = {
  plain: (id: string, told: object, inputs: Record<string, string> = {}) => step(id, told, {}, inputs),
  frames: (id: string, told: object, inputs: Record<string, string> = {}) =>
    step(id, told, { continue_on_error: false }, inputs),
}

describe.each(Object.entries(BODIES))('a body of %s', (_name, body) => {
  test('a list of results in order, whatever ends first (F35)', () => {
    for (let seed = 0; seed < 8; seed += 1) {
      const modules = [each('l', [4, 5, 6], [body('a', {}, { x: 'flow_input.iter' })], { parallel: true })]
      const run = runFlow({ modules }, { seed })
      expect(run.result).toEqual([0, 1, 2].map((index) => ({ key: `/l.${index}.0/a#0`, x: expect.any(Number) })))
    }
  })

  test('no items give an empty list (F35)', () => {
    expect(runFlow({ modules: [each('l', [], [body('a', {})])] })).toMatchObject({ status: 'success', result: [] })
  })

  test('a step sees its item and its index (F32)', () => {
    const inputs = { x: 'previous_result', y: 'flow_input.iter' }
    const run = runFlow({ modules: [each('l', [7], [body('a', {}, inputs)])] })
    const same = runFlow({
      modules: [each('l', ['other'], [body('a', {}, { x: '7', y: '({ value: 7, index: 0 })' })])],
    })
    expect(run.result).toEqual(same.result)
  })

  test('one by one it ends with the first failure (F35)', () => {
    const run = runFlow({ modules: [each('l', [1, 2, 3], [body('a', { fails: -1 })])] })
    expect(run).toMatchObject({ status: 'failure', result: { error: { name: 'StepError', step_id: 'a' } } })
    expect(ranIn(run)).toEqual(['/l.0.0/a#0'])
  })

  test('in parallel those under way finish and no new one starts (F35)', () => {
    for (let seed = 0; seed < 8; seed += 1) {
      const value = { parallel: true, parallelism: 2 }
      const run = runFlow({ modules: [each('l', [1, 2, 3, 4, 5], [body('a', { fails: -1 })], value)] }, { seed })
      expect(run.status).toBe('failure')
      expect(ranIn(run).toSorted()).toEqual(['/l.0.0/a#0', '/l.1.0/a#0'])
      expect(run.result).toMatchObject({ error: { message: 'failed at /l.0.0/a#0' } })
    }
  })

  test.each([true, false])('a skipped failure has its error in its slot (F35; parallel: %s)', (parallel) => {
    const run = runFlow({ modules: [each('l', [1, 2], [body('a', { fails: -1 })], { skip_failures: true, parallel })] })
    const error = { name: 'StepError', step_id: 'a' }
    expect(run).toMatchObject({ status: 'success', result: [{ error }, { error }] })
  })

  test('an iteration whose step cannot be made ready fails as any other (F7, F39)', () => {
    const bad = body('a', { value: 1 }, { x: 'flow_input.iter.index === 1 ? nothing.at.all : 1' })
    const run = runFlow({ modules: [each('l', [1, 2, 3], [bad], { skip_failures: true })] })
    expect(run.result).toMatchObject([1, { error: { name: 'ReferenceError', step_id: 'a' } }, 1])
    const strict = runFlow({ modules: [each('l', [1, 2, 3], [bad])] })
    expect(strict).toMatchObject({ status: 'failure', result: { error: { name: 'ReferenceError', step_id: 'a' } } })
  })

  test('never more than parallelism at a time, and one more for each that ends (F36)', () => {
    const widths = Array.from({ length: 8 }, (_, seed) => {
      const items = Array.from({ length: 9 }, (_, nth) => nth)
      const run = runFlow(
        { modules: [each('l', items, [body('a', {})], { parallel: true, parallelism: 3 })] },
        { seed },
      )
      expect(ranIn(run)).toHaveLength(9)
      return mostTogether(run)
    })
    expect(Math.max(...widths)).toBe(3)
  })

  test('its condition to stop is judged after each iteration, whose result is kept (F37)', () => {
    const stop = { stop_after_if: { expr: 'flow_input.iter.index === 1' } }
    const run = runFlow({ modules: [each('l', [1, 2, 3], [body('a', { value: 'r' })], stop), identity('after')] })
    expect(run).toMatchObject({ status: 'success', result: ['r', 'r'] })
  })

  test('a loop that is tried again begins anew, and only its last run counts', () => {
    const retry = { retry: { constant: { attempts: 1, seconds: 1 } } }
    const bad = body('a', { value: 1 }, { x: 'nothing.at.all' })
    const run = runFlow({ modules: [each('l', [1], [bad], retry)] })
    expect(run.commands.filter((command) => command.kind === 'keepList')).toHaveLength(2)
    expect(run.status).toBe('failure')
  })
})

test('without parallelism at most 1000 iterations are under way (F36)', () => {
  const items = Array.from({ length: 1500 }, (_, nth) => nth)
  const run = runFlow({ modules: [each('l', items, [step('a', { value: 1 })], { parallel: true })] })
  expect(mostTogether(run)).toBe(1000)
  expect(run.result).toHaveLength(1500)
})

test('neither its state nor the work of an event grows with the iterations (F3)', () => {
  const [few, many] = [10, 2000].map((length) => {
    const items = Array.from({ length }, (_, nth) => nth)
    return runFlow({ modules: [each('l', items, [step('a')], { parallel: true, parallelism: 5 })] })
  })
  expect(Math.abs((few?.stateLengthMax ?? 0) - (many?.stateLengthMax ?? 0))).toBeLessThan(20)
})

test('an iterator that is no list fails the step and names it (F7)', () => {
  const run = runFlow({ modules: [each('l', 'no list', [step('a')])] })
  expect(run).toMatchObject({ status: 'failure', result: { error: { step_id: 'l' } } })
})

test.each(['0', '"many"', 'nothing.at.all'])('a parallelism of %s fails the step with a sentence (F7)', (expr) => {
  const value = { parallel: true, parallelism: { type: 'javascript', expr } }
  expect(runFlow({ modules: [each('l', [1], [step('a')], value)] })).toMatchObject({
    status: 'failure',
    result: { error: { step_id: 'l' } },
  })
})

test('a parallelism of null is none', () => {
  const value = { parallel: true, parallelism: { type: 'javascript', expr: 'null' } }
  expect(runFlow({ modules: [each('l', [1], [step('a', { value: 1 })], value)] }).result).toEqual([1])
})

test('without modules it gives its items (F32)', () => {
  expect(runFlow({ modules: [each('l', [1, 2], [])] }).result).toEqual([1, 2])
})

test('a stop in the body makes the iteration the last, and the flow goes on (F16)', () => {
  const stopping = step('a', { value: 1 }, { stop_after_if: { expr: 'flow_input.iter.value === 2' } })
  const run = runFlow({ modules: [each('l', [1, 2, 3], [stopping, step('b', { value: 2 })]), identity('after')] })
  expect(run).toMatchObject({ status: 'success', result: [2, 1] })
})

test('a stop inside a nested loop breaks that one alone (F16)', () => {
  const stopping = step('a', { value: 1 }, { stop_after_if: { expr: 'true' } })
  const run = runFlow({ modules: [each('outer', [1, 2], [each('inner', [1, 2, 3], [stopping])])] })
  expect(run.result).toEqual([[1], [1]])
})

test('a failure that ends the loop is its error, whatever its condition to stop says (F35, F37)', () => {
  const stop = { stop_after_if: { expr: 'true', error_message: 'enough' } }
  const run = runFlow({ modules: [each('l', [1, 2], [step('a', { fails: -1 })], stop)] })
  expect(run).toMatchObject({ status: 'failure', result: { error: { name: 'StepError' } } })
})

test('a stop with an error, also one in a branch of the body, makes a skipped failure the last (F16)', () => {
  const stop = step('s', {}, { stop_after_if: { expr: 'true', error_message: 'no' } })
  const branch = { id: 'b', value: { type: 'branchone', branches: [], default: [stop] } }
  for (const body of [stop, branch]) {
    const run = runFlow({ modules: [each('l', [1, 2, 3], [body], { skip_failures: true }), identity('after')] })
    expect(run).toMatchObject({ status: 'success', result: [{ error: { message: 'no' } }] })
  }
})

test('a condition to stop with a message fails the flow with it, whatever the loop skips (F37)', () => {
  const stop = { stop_after_if: { expr: 'true', error_message: 'enough', error_include_result: true } }
  const run = runFlow({ modules: [each('l', [1, 2], [step('a', { value: 4 })], { skip_failures: true, ...stop })] })
  const error = { name: 'Stopped', message: 'enough', step_id: 'l', result: 4 }
  expect(run).toMatchObject({ status: 'failure', result: { error } })
})

test('a parallel loop judges it once, by the list (F37)', () => {
  const stop = { stop_after_if: { expr: 'result.length === 2' } }
  const loop = each('l', [1, 2], [step('a', { value: 4 })], { parallel: true, ...stop })
  expect(runFlow({ modules: [loop, step('after')] }).result).toEqual([4, 4])
})

/** How many steps were under way at a time. */
function mostTogether({ runs }: FlowRun): number {
  return Math.max(...runs.map((run) => runs.filter(isAt(run.startedAt)).length))
}

function isAt(moment: number): (run: FlowRun['runs'][number]) => boolean {
  return ({ startedAt, endedAt }) => startedAt <= moment && moment < endedAt
}

describe('squash', () => {
  const squashed = (modules: readonly object[]) => {
    const { value, ...loop } = each('l', [1, 2, 3], modules)
    return { ...loop, value: { ...value, squash: true } }
  }

  test.each(Object.entries(BODIES))(
    'keeps its iterations on one worker with one folder; a body of %s (F45)',
    (_name, body) => {
      for (let seed = 0; seed < 8; seed += 1) {
        const run = runFlow({ modules: [squashed([body('a', {})]), step('b')] }, { seed })
        const [first, ...others] = run.runs
        expect(first?.together).toEqual({ place: expect.any(String), folder: expect.stringMatching(/\/l\.0$/) })
        expect(others.map(({ together }) => together)).toEqual([first?.together, first?.together, undefined])
      }
    },
  )

  test('has no folder of its own in a flow that shares one (F45)', () => {
    const run = runFlow({ modules: [step('a'), squashed([step('b')])], same_worker: true })
    const folders = new Set(run.runs.map(({ together }) => together?.folder))
    expect(folders.size).toBe(1)
    expect([...folders][0]).not.toContain('/')
  })
})
