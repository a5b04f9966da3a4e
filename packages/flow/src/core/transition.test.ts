import { describe, expect, test } from 'vitest'
import type { Answer, FlowEvent, FrameContext, FrameState, Transition } from './protocol.ts'
import { each, flowOf, identity, ranIn, runFlow, step } from './testing/run-flow.ts'
import { transition } from './transition.ts'

const ERROR = { name: 'StepError', message: 'failed at /a#0', step_id: 'a' }

describe('skip_if and mock', () => {
  test('a skipped step does not run, its result is null, and the previous result passes through (F10)', () => {
    const skipped = step('b', {}, { skip_if: { expr: 'true' }, suspend: {}, sleep: 5, stop_after_if: { expr: 'true' } })
    const run = runFlow({ modules: [step('a', { value: 7 }), skipped, identity('c')] })
    expect(run).toMatchObject({ status: 'success', result: 7 })
    expect(ranIn(run)).toEqual(['/a#0'])
    expect(run.commands.some(({ kind }) => kind === 'wake' || kind === 'expectEvents')).toBe(false)

    const read = step('c', {}, { skip_if: { expr: 'results.b === null' } })
    expect(ranIn(runFlow({ modules: [step('a'), skipped, read] }))).toEqual(['/a#0'])
  })

  test('a condition to skip that is senseless fails the step, also on a step that is continued on (F7)', () => {
    const options = { skip_if: { expr: 'nothing.at.all' } }
    expect(runFlow({ modules: [step('a', {}, options)] })).toMatchObject({
      status: 'failure',
      result: { error: { name: 'ReferenceError', step_id: 'a' } },
    })
    const run = runFlow({ modules: [step('a', {}, { ...options, continue_on_error: true })] })
    expect(run).toMatchObject({ status: 'success', result: { error: { name: 'ReferenceError' } } })
  })

  test('an approval is asked for even where the condition to skip is senseless and is continued on (F17)', () => {
    const options = { skip_if: { expr: 'nothing.at.all' }, continue_on_error: true, suspend: {} }
    const run = runFlow({ modules: [step('a', {}, options), step('b')] }, { decide: () => 'disapprove' })
    expect(run).toMatchObject({ status: 'failure', result: { error: { name: 'Disapproved' } } })
  })

  test('an enabled mock is the result, without a run; what comes after a run comes after it (F11)', () => {
    const mock = { enabled: true, return_value: { n: 1 } }
    const stopped = runFlow({
      modules: [step('a', {}, { mock, stop_after_if: { expr: 'result.n === 1' } }), step('b')],
    })
    expect(stopped).toMatchObject({ status: 'success', result: { n: 1 }, runs: [] })
    expect(ranIn(runFlow({ modules: [step('a', {}, { mock: { enabled: false, return_value: 1 } })] }))).toHaveLength(1)
    expect(runFlow({ modules: [step('a', {}, { mock: { enabled: true } })] }).result).toBe(null)
  })
})

describe('failures', () => {
  test('a failed step fails the flow with its error and its name; nothing after it runs (F20)', () => {
    const run = runFlow({ modules: [step('a', { fails: -1 }), step('b')] })
    expect(run).toMatchObject({ status: 'failure', result: { error: ERROR } })
    expect(ranIn(run)).toEqual(['/a#0'])
  })

  test('constant attempts come first, then exponential ones (F12)', () => {
    const retry = {
      constant: { attempts: 2, seconds: 5 },
      exponential: { attempts: 3, multiplier: 2, seconds: 3, random_factor: 10 },
    }
    const run = runFlow({ modules: [step('a', { fails: -1 }, { retry })] })
    expect(run.status).toBe('failure')
    expect(ranIn(run)).toEqual([0, 1, 2, 3, 4, 5].map((failures) => `/a#${failures}`))
    expect(run.commands.filter(({ kind }) => kind === 'wake')).toEqual([
      { kind: 'wake', afterMs: 5000 },
      { kind: 'wake', afterMs: 5000 },
      { kind: 'wake', afterMs: 6000, randomFactor: 0.1 },
      { kind: 'wake', afterMs: 18_000, randomFactor: 0.1 },
      { kind: 'wake', afterMs: 54_000, randomFactor: 0.1 },
    ])
  })

  test('a delay is a year at most (F12)', () => {
    const retry = { exponential: { attempts: 1, multiplier: 1_000_000, seconds: 1_000_000 } }
    const run = runFlow({ modules: [step('a', { fails: 1 }, { retry })] })
    expect(run.commands).toContainEqual({ kind: 'wake', afterMs: 365 * 86_400_000 })
  })

  test('a step that succeeds when tried again goes on (F12)', () => {
    const retry = { constant: { attempts: 3, seconds: 0 } }
    const run = runFlow({ modules: [step('a', { fails: 2, value: 1 }, { retry })] })
    expect(run).toMatchObject({ status: 'success', result: 1 })
    expect(ranIn(run)).toEqual(['/a#0', '/a#1', '/a#2'])
    expect(run.commands.some(({ kind }) => kind === 'wake')).toBe(false)
  })

  test('retry_if sees result and error, and decides (F12)', () => {
    const retry = (expr: string) => ({ constant: { attempts: 3, seconds: 1 }, retry_if: { expr } })
    const told = { fails: 2 }
    for (const [expr, runs] of [
      ["(result?.error?.message || '').includes('/a#0')", 2],
      ['error.name === "StepError"', 3],
      ['false', 1],
    ] as const)
      expect(ranIn(runFlow({ modules: [step('a', told, { retry: retry(expr) })] }))).toHaveLength(runs)

    const senseless = runFlow({ modules: [step('a', told, { retry: retry('nothing.at.all') })] })
    expect(senseless).toMatchObject({ status: 'failure', result: { error: { name: 'ReferenceError', step_id: 'a' } } })
  })

  test('inputs that cannot be evaluated are tried again by an event, never in one go (F5, F12)', () => {
    const retry = { constant: { attempts: 3, seconds: 0 } }
    const run = runFlow({ modules: [step('a', {}, { retry }, { x: 'nothing.at.all' })] })
    expect(run).toMatchObject({ status: 'failure', result: { error: { step_id: 'a' } } })
    expect(run.commands.filter(({ kind }) => kind === 'wake')).toHaveLength(3)
  })

  test('a step that was cancelled by itself is not tried again, but may be continued on (F13)', () => {
    const options = { retry: { constant: { attempts: 3, seconds: 0 } }, continue_on_error: true }
    const run = runFlow({ modules: [step('a', { canceled: true }, options)] })
    expect(run).toMatchObject({ status: 'success', result: { error: { name: 'Canceled' } } })
    expect(ranIn(run)).toHaveLength(1)
  })

  test('continue_on_error makes the error the result, after the retries, and the flow goes on (F14)', () => {
    const options = { continue_on_error: true, retry: { constant: { attempts: 1, seconds: 0 } } }
    const run = runFlow({ modules: [step('a', { fails: -1 }, options), identity('b')] })
    expect(run).toMatchObject({ status: 'success', result: { error: { message: 'failed at /a#1', step_id: 'a' } } })
    expect(ranIn(run)).toEqual(['/a#0', '/a#1'])
    const { states } = statesOf({ modules: [step('a', {}, { continue_on_error: true })] }, [failureOf('a')])
    expect(states.at(-1)?.ended['a']).toMatchObject({ status: 'failure' })
  })
})

describe('stops', () => {
  test('a stop ends the flow with the step’s own result, a success or skipped (F15)', () => {
    const modules = (stop: object) => [step('a', { value: 4 }, { stop_after_if: stop }), step('b')]
    expect(runFlow({ modules: modules({ expr: 'result === 4' }) })).toMatchObject({ status: 'success', result: 4 })
    const skipped = runFlow({ modules: modules({ expr: 'true', skip_if_stopped: true }) })
    expect(skipped).toMatchObject({ status: 'skipped', result: 4 })
    expect(ranIn(runFlow({ modules: modules({ expr: 'result === 5' }) }))).toHaveLength(2)
  })

  test('with a message it fails, and the failure module runs (F15, F42)', () => {
    const stop = (message: string) => ({ stop_after_if: { expr: 'true', error_message: message } })
    const failed = runFlow({ modules: [step('a', {}, stop('too many')), step('b')] })
    expect(failed).toMatchObject({ status: 'failure', result: { error: { message: 'too many', step_id: 'a' } } })
    const empty = runFlow({ modules: [step('a', {}, stop(''))] })
    expect(empty.result).toMatchObject({ error: { message: 'stopped after step a' } })
    const failure_module = { ...step('failure', { value: 'handled' }), id: 'failure' }
    const handled = runFlow({ modules: [step('a', {}, stop('too many'))], failure_module })
    expect(handled).toMatchObject({ status: 'failure', result: 'handled' })
  })

  test('with error_include_result the error holds the result of the step (F15)', () => {
    const stop = { expr: 'result.n > 1', error_message: 'too many', error_include_result: true }
    const run = runFlow({ modules: [step('a', { value: { n: 2 } }, { stop_after_if: stop })] })
    expect(run.result).toMatchObject({ error: { message: 'too many', result: { n: 2 } } })
    const without = { ...stop, error_include_result: false }
    const bare = runFlow({ modules: [step('a', { value: { n: 2 } }, { stop_after_if: without })] })
    expect(bare.result).not.toHaveProperty('error.result')
  })

  test('stop_after_all_iters_if stops the flow after a loop (F15)', () => {
    const options = { stop_after_all_iters_if: { expr: 'result.length === 2', skip_if_stopped: true } }
    const run = runFlow({ modules: [each('l', [1, 2], [step('a', { value: 1 })], options), step('b')] })
    expect(run).toMatchObject({ status: 'skipped', result: [1, 1] })
  })

  test('a stop sees the error of a step that was continued on (F14)', () => {
    const options = { continue_on_error: true, stop_after_if: { expr: "result?.error?.message.includes('/a')" } }
    expect(ranIn(runFlow({ modules: [step('a', { fails: -1 }, options), step('b')] }))).toEqual(['/a#0'])
  })

  test('a senseless condition fails the flow (F7)', () => {
    const run = runFlow({ modules: [step('a', {}, { stop_after_if: { expr: 'nothing.at.all' }, suspend: {} })] })
    expect(run).toMatchObject({ status: 'failure', result: { error: { name: 'ReferenceError', step_id: 'a' } } })
    expect(run.commands.at(-2)).toEqual({ kind: 'expectNoEvents', module: 'a' })
  })
})

describe('events', () => {
  const flow = (suspend: object, options: object = {}) => ({
    modules: [step('a', { value: 1 }, { suspend, ...options }), step('b', { value: 2 })],
  })
  const said = (approvals: number, isDisapproved = false) => ({
    kind: 'resumed' as const,
    module: 'a',
    approvals,
    isDisapproved,
  })

  test('the frame waits after the step until enough said yes (F17)', () => {
    const { states, commands } = statesOf(flow({ required_events: 2, timeout: 60 }), [successOf('a'), said(1), said(2)])
    expect(states.map((state) => state.current?.phase)).toEqual(['running', 'awaiting', 'awaiting', 'running'])
    expect(states[1]?.ended['a']).toMatchObject({ status: 'success' })
    expect(commands[0]?.[0]).toMatchObject({ kind: 'expectEvents', module: 'a', required: 2 })
    expect(commands[1]).toEqual([{ kind: 'wake', afterMs: 60_000 }])
    expect(commands[2]).toEqual([])
    expect(commands[3]).toMatchObject([
      { kind: 'expectNoEvents', module: 'a' },
      { kind: 'wake', afterMs: undefined },
      { kind: 'start' },
    ])
    expect(states[3]?.resumed).toEqual({ frame: 'f', module: 'a' })
  })

  test('what comes while the step runs counts, and while it is tried again (F17)', () => {
    const early = statesOf(flow({}), [said(1), successOf('a')])
    expect(early.states.map((state) => state.current?.module)).toEqual(['a', 'a', 'b'])
    const retry = { retry: { constant: { attempts: 1, seconds: 1 } } }
    const late = statesOf(flow({}, retry), [said(1), failureOf('a'), { kind: 'due' }, successOf('a', 1)])
    expect(late.states.map((state) => state.current?.phase)).toEqual([
      'running',
      'running',
      'retrying',
      'running',
      'running',
    ])
    expect(late.states.at(-1)?.current?.module).toBe('b')
    expect(late.commands.flat().filter(({ kind }) => kind === 'expectEvents')).toHaveLength(1)
  })

  test.each(['disapprove', 'timeout'] as const)(
    'one that ends by %s fails the flow, whatever the step allows (F17)',
    (how) => {
      const options = { continue_on_error: true, retry: { constant: { attempts: 2, seconds: 0 } } }
      const run = runFlow(flow({ timeout: 5 }, options), { decide: () => how })
      const name = how === 'timeout' ? 'ApprovalTimeout' : 'Disapproved'
      expect(run).toMatchObject({ status: 'failure', result: { error: { name, step_id: 'a' } } })
      expect(ranIn(run)).toEqual(['/a#0'])
      expect(runFlow(flow({ continue_on_disapprove_timeout: true }), { decide: () => how }).result).toBe(2)
    },
  )

  test('the wait is half an hour where nothing is said, and none with no required events (F17)', () => {
    expect(statesOf(flow({}), [successOf('a')]).commands[1]).toEqual([{ kind: 'wake', afterMs: 1_800_000 }])
    expect(statesOf(flow({ required_events: 0 }), [successOf('a')]).states[1]?.current?.module).toBe('b')
  })

  test('the form goes with it, and what else is said of who may answer (F17)', () => {
    const suspend = { resume_form: { schema: { type: 'object' } }, self_approval_disabled: true, timeout: 9 }
    expect(statesOf(flow(suspend), []).commands[0]?.[0]).toMatchObject({
      suspend: {
        required_events: 1,
        timeout: 9,
        resume_form: { schema: { type: 'object' } },
        self_approval_disabled: true,
      },
    })
  })

  test('groups are evaluated before anybody can answer; if that fails, the flow does (F17)', () => {
    const groups = (expr: string) =>
      flow({ user_groups_required: { type: 'javascript', expr } }, { continue_on_error: true })
    const run = runFlow(groups('["all"]'))
    expect(run.commands[0]).toMatchObject({ suspend: { user_groups_required: ['all'] } })
    expect(runFlow(groups('nothing.at.all'))).toMatchObject({ status: 'failure', runs: [] })
  })

  test('frames inside know whose events came last (F17)', () => {
    const branch = { type: 'branchone', branches: [], default: [step('x')] }
    const all = { type: 'branchall', branches: [{ modules: [step('y')] }] }
    const loop = each('l', [1], [step('z', {}, { continue_on_error: true })])
    for (const module of [{ id: 'b', value: branch }, { id: 'b', value: all }, loop]) {
      const { commands } = statesOf({ modules: [step('a', {}, { suspend: {} }), module] }, [said(1), successOf('a')])
      const start = commands[2]?.find(({ kind }) => kind === 'startFrame')
      expect(start).toMatchObject({ resumed: { frame: 'f', module: 'a' } })
    }
  })

  test('a step that fails for good wants none any more (F17)', () => {
    const { commands } = statesOf(flow({}), [failureOf('a')])
    expect(commands[1]).toMatchObject([{ kind: 'expectNoEvents', module: 'a' }, { kind: 'finish' }])
  })

  test('events that nobody waits for change nothing (F4)', () => {
    const { states, commands } = statesOf(flow({}), [{ ...said(9), module: 'b' }, { kind: 'due' }, { kind: 'started' }])
    expect(states[3]).toEqual(states[0])
    expect(commands.slice(1)).toEqual([[], [], []])
    expect(statesOf({ modules: [step('a')] }, [said(1)]).states[1]?.current?.events).toBeUndefined()
  })

  test('a step that is last waits all the same (F17)', () => {
    expect(runFlow({ modules: [step('a', {}, { suspend: {} })] }, { decide: () => 'disapprove' }).status).toBe(
      'failure',
    )
  })

  test('a stop inside ends the wish for events (F16)', () => {
    const stop = step('s', { value: 3 }, { stop_after_if: { expr: 'true' } })
    const value = { type: 'branchone', branches: [], default: [stop] }
    const run = runFlow({ modules: [{ id: 'b', value, suspend: {} }, step('after')] })
    expect(run).toMatchObject({ status: 'success', result: 3 })
    expect(run.commands).toContainEqual({ kind: 'expectNoEvents', module: 'b' })
  })
})

describe('sleep', () => {
  test('it comes after the step, before the next one; nothing is held meanwhile (F18)', () => {
    const flow = { modules: [step('a', {}, { sleep: { type: 'static', value: 2.5 } }), step('b')] }
    const { states, commands } = statesOf(flow, [successOf('a'), successOf('a'), { kind: 'due' }])
    expect(states.map((state) => state.current?.phase)).toEqual(['running', 'sleeping', 'sleeping', 'running'])
    expect(commands[1]).toEqual([{ kind: 'wake', afterMs: 2500 }])
    expect(commands[2]).toEqual([])
    expect(commands[3]).toMatchObject([{ kind: 'start', child: { module: 'b' } }])
  })

  test('on the last step it delays the end (F18)', () => {
    const { commands } = statesOf({ modules: [step('a', {}, { sleep: 1 })] }, [successOf('a'), { kind: 'due' }])
    expect(commands[1]).toEqual([{ kind: 'wake', afterMs: 1000 }])
    expect(commands[2]).toMatchObject([{ kind: 'finish', end: { status: 'success' } }])
  })

  test('none, null and no sleep are the same; what is no number fails the flow (F7)', () => {
    const flow = (expr: string) => ({ modules: [step('a', {}, { sleep: { type: 'javascript', expr } })] })
    for (const expr of ['0', 'null', '"0"']) expect(runFlow(flow(expr)).commands.some(isWake)).toBe(false)
    for (const expr of ['"soon"', '-1', '""', '({})', 'nothing.at.all'])
      expect(runFlow(flow(expr))).toMatchObject({ status: 'failure', result: { error: { step_id: 'a' } } })
  })
})

describe('a flow', () => {
  const failure_module = step(
    'failure',
    {},
    {},
    { m: 'error.message', s: 'error.step_id', p: 'previous_result.error.name' },
  )

  test('its result is that of its last module; without any, its arguments (F44, F32)', () => {
    expect(runFlow({ modules: [step('a', { value: 1 }), step('b', { value: 2 })] }).result).toBe(2)
    expect(runFlow({ modules: [] }, { input: { n: 1 } })).toMatchObject({ status: 'success', result: { n: 1 } })
  })

  test('the failure module runs once, sees the error, and gives the result of a flow that stays failed (F42)', () => {
    const run = runFlow({ modules: [step('a', { fails: -1 }), step('b')], failure_module })
    const told = step('failure', {}, {}, { m: '"failed at /a#0"', s: '"a"', p: '"StepError"' })
    const same = runFlow({ modules: [step('a', { fails: -1 })], failure_module: told })
    expect(run).toMatchObject({ status: 'failure', result: { key: '/failure#0' } })
    expect(run.result).toEqual(same.result)
    expect(ranIn(run)).toEqual(['/a#0', '/failure#0'])
    expect(ranIn(runFlow({ modules: [step('a')], failure_module }))).toEqual(['/a#0'])
  })

  test('it names the innermost step that failed (F20)', () => {
    const loop = each('l', [1], [step('x', { fails: -1 }), step('y')])
    const handler = step('failure', {}, { skip_if: { expr: 'error.step_id === "x"' } })
    const run = runFlow({ modules: [loop], failure_module: handler })
    expect(run).toMatchObject({ status: 'failure', result: { error: { step_id: 'x' } }, runs: [{ key: '/l.0.0/x#0' }] })
  })

  test('a failure module that fails or stops leaves the flow failed, and runs no second time (F42)', () => {
    const failing = runFlow({ modules: [step('a', { fails: -1 })], failure_module: step('failure', { fails: -1 }) })
    expect(failing).toMatchObject({ status: 'failure', result: { error: { step_id: 'failure' } } })
    const stop = { stop_after_if: { expr: 'true', skip_if_stopped: true } }
    const stopping = runFlow({
      modules: [step('a', { fails: -1 })],
      failure_module: step('failure', { value: 1 }, stop),
    })
    expect(stopping).toMatchObject({ status: 'failure', result: 1 })
  })

  test('the preprocessor makes the arguments of a triggered run (F40)', () => {
    const preprocessor_module = step('preprocessor', { value: { n: 2 } })
    const flow = { modules: [identity('a')], preprocessor_module, skip_expr: 'flow_input.n === 1' }
    expect(runFlow(flow, { input: { n: 1 }, isTriggered: true })).toMatchObject({ status: 'success', result: { n: 2 } })
    expect(runFlow(flow, { input: { n: 1 } })).toMatchObject({ status: 'skipped', runs: [] })
  })

  test('a preprocessor that fails, or gives no object, fails the flow; one that is skipped changes nothing (F40)', () => {
    const flow = (told: object, options: object = {}) => ({
      modules: [step('a')],
      failure_module,
      preprocessor_module: step('preprocessor', told, options),
    })
    for (const told of [{ fails: -1 }, { value: [1] }]) {
      const run = runFlow(flow(told), { isTriggered: true })
      expect(ranIn(run)).toEqual(['/preprocessor#0', '/failure#0'])
      expect(run.status).toBe('failure')
    }
    const skipped = runFlow(flow({}, { skip_if: { expr: 'true' } }), { isTriggered: true })
    expect(ranIn(skipped)).toEqual(['/a#0'])
  })

  test('skip_expr skips it before any step; a senseless one fails it (F41)', () => {
    const run = runFlow({ modules: [step('a')], skip_expr: 'flow_input.n' }, { input: { n: 1 } })
    expect(run).toMatchObject({ status: 'skipped', result: { n: 1 }, runs: [] })
    expect(ranIn(runFlow({ modules: [step('a')], skip_expr: 'flow_input.n' }, { input: { n: 0 } }))).toHaveLength(1)
    const inside = runFlow({ modules: [each('l', [1], [identity('a')])], skip_expr: 'flow_input.iter' })
    expect(inside).toMatchObject({ status: 'success', result: [1] })
    const senseless = runFlow({ modules: [step('a')], skip_expr: 'nothing.at.all' })
    expect(senseless).toMatchObject({ status: 'failure', result: { error: { name: 'ReferenceError' } } })
  })

  test.each(['b', 'results.b'])('early_return %s is told as soon as the step ended (F43)', (early_return) => {
    const run = runFlow({ modules: [step('a'), step('b', { value: 5 }), step('c')], early_return })
    expect(run.early).toEqual([5])
    const at = run.commands.findIndex(({ kind }) => kind === 'returnEarly')
    expect(run.commands[at + 1]).toMatchObject({ kind: 'start', child: { module: 'c' } })
  })

  test('a thousand modules that end at once are gone through in one transition (F5)', () => {
    const modules = Array.from({ length: 1000 }, (_, nth) => identity(`i${nth}`))
    expect(runFlow({ modules }, { input: { n: 1 } })).toMatchObject({ result: { n: 1 }, transitions: 1 })
  })

  test('options of the job are passed on with it (F19, F21, F22)', () => {
    const debouncing = { debounce_delay_s: 2, debounce_key: 'k', max_total_debounces_amount: 3 }
    const options = { timeout: 7, cache_ttl: 60, priority: 3, delete_after_use: true, debouncing }
    const needsOf = (more: object) =>
      call({ modules: [step('a', {}, { ...options, ...more })] }, undefined, { kind: 'started' }, new Map())
    expect(needsOf({ delete_after_secs: 9 })).toMatchObject({ asks: [{ options: { deleteAfterS: 9 } }] })
    expect(needsOf({})).toMatchObject({
      kind: 'needs',
      asks: [
        {
          kind: 'job',
          options: { timeout: { type: 'static', value: 7 }, cacheTtlS: 60, priority: 3, deleteAfterS: 0, debouncing },
        },
      ],
    })
  })
})

describe('a step that gave way to a later run', () => {
  const debounced = step('a', { debounced: true }, { debouncing: { debounce_delay_s: 1 } })

  test('ends its flow, skipped, and none of the options after it is carried out (F21)', () => {
    const a = { ...debounced, stop_after_if: { expr: 'true', error_message: 'no' }, suspend: {}, sleep: 5 }
    const run = runFlow({ modules: [a, step('b')] })
    expect(run).toMatchObject({ status: 'skipped', result: { debounced_by: '/a#0' } })
    expect(ranIn(run)).toEqual(['/a#0'])
  })

  test('breaks the loop around it (F21)', () => {
    const run = runFlow({ modules: [each('l', [1, 2], [debounced]), step('b', { value: 3 })] })
    expect(run).toMatchObject({ status: 'success', result: 3 })
    expect(ranIn(run)).toEqual(['/l.0.0/a#0', '/b#0'])
  })

  test('is a step like any other where only what it runs was skipped (F21)', () => {
    const run = runFlow({ modules: [step('a', { debounced: true }), step('b')] })
    expect(ranIn(run)).toEqual(['/a#0', '/b#0'])
  })
})

const CONTEXT: FrameContext = {
  id: 'f',
  pointer: { kind: 'root' },
  index: undefined,
  before: { kind: 'input', frame: 'f' },
  isTriggered: false,
}

/** The states and the commands after `started` and each of the events; every ask is answered well. */
function statesOf(flow: object, events: readonly FlowEvent[]) {
  const states: FrameState[] = []
  const commands: Extract<Transition, { kind: 'next' }>['commands'][] = []
  const started: FlowEvent = { kind: 'started' }
  for (const event of [started, ...events]) {
    const answers = new Map<string, Answer>()
    let result = call(flow, states.at(-1), event, answers)
    for (; result.kind === 'needs'; result = call(flow, states.at(-1), event, answers))
      for (const ask of result.asks) answers.set(ask.slot, answerTo(ask))
    states.push(result.state)
    commands.push(result.commands)
  }
  return { states, commands }
}

function answerTo(ask: Extract<Transition, { kind: 'needs' }>['asks'][number]): Answer {
  switch (ask.kind) {
    case 'job':
      return { kind: 'job' }
    case 'input':
      return { kind: 'input' }
    case 'place':
      return { kind: 'place', place: 'here' }
    case 'list':
      return { kind: 'list', length: 1 }
    case 'value':
      return { kind: 'value', value: ask.transform.type === 'static' ? (ask.transform.value ?? null) : null }
  }
}

function call(flow: object, state: FrameState | undefined, event: FlowEvent, answers: Map<string, Answer>): Transition {
  return transition({ flow: flowOf(flow), context: CONTEXT, state }, event, answers)
}

function successOf(module: string, failures = 0): FlowEvent {
  return { kind: 'ended', children: [{ module, index: 0, failures, job: 'j', status: 'success' }] }
}

function failureOf(module: string, failures = 0): FlowEvent {
  return { kind: 'ended', children: [{ module, index: 0, failures, job: 'j', status: 'failure' }] }
}

function isWake({ kind }: { readonly kind: string }): boolean {
  return kind === 'wake'
}
