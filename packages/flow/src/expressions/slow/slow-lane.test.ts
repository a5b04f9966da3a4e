import { silentLogger } from '@millrace/base/logger'
import { spawnSync } from 'node:child_process'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { analyse } from '../analyse.ts'
import { Expressions } from '../expressions.ts'
import { JsonData } from '../json-data.ts'
import { scopeOf } from '../testing/scope-of.ts'
import { faultOf } from './guest-fault.ts'
import { toGuestRequest } from './guest-request.ts'
import type { GuestTask } from './guest-task.ts'
import { SlowLane } from './slow-lane.ts'
import { Thread } from './thread.ts'

const LIMITS = { timeMs: 40, memoryBytes: 32 * 1024 * 1024 }

/** The engine does not look at its clock while it searches a list. */
const HANGS = 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)'

const lane = new SlowLane(LIMITS, silentLogger)
afterAll(() => lane.stop())

test('answers come in the order of the questions, however many there are', async () => {
  const answers = await Promise.all(Array.from({ length: 250 }, (_, index) => lane.evaluate(taskOf(`${index}`))))
  expect(answers).toEqual(answers.map((_, index) => ({ kind: 'value', text: `${index}` })))
})

test('one that hangs takes its thread with it, and nobody else fails', async () => {
  const sources = ['1', HANGS, '2', HANGS, '3']
  const answers = await Promise.all(sources.map((source) => lane.evaluate(taskOf(source))))
  expect(
    answers.map((answer) => (answer.kind === 'value' ? answer.text : answer.kind === 'fault' && answer.fault)),
  ).toEqual(['1', 'timeout', '2', 'timeout', '3'])
})

test('large requests go out in batches of their own', async () => {
  const scope = { names: { flow_input: JsonData.ofText(JSON.stringify('x'.repeat(5 * 1024 * 1024))) } }
  const answers = await Promise.all([1, 2, 3].map(() => lane.evaluate(taskOf('flow_input.length', scope))))
  expect(answers).toEqual([1, 2, 3].map(() => ({ kind: 'value', text: '5242880' })))
  // Memory that was grown for them is given back.
  expect(await lane.evaluate(taskOf('"x".repeat(40 * 1024 * 1024).length'))).toMatchObject({ fault: 'memory' })
})

test('data nested a thousand levels deep passes', async () => {
  const deep = '['.repeat(5000) + ']'.repeat(5000)
  const scope = { names: { flow_input: JsonData.ofText(deep) } }
  expect(await lane.evaluate(taskOf('flow_input', scope))).toEqual({ kind: 'value', text: deep })
})

describe('a lane that was stopped', () => {
  test('answers that it is stopping', async () => {
    const stopped = new SlowLane(LIMITS, silentLogger)
    const under = [stopped.evaluate(taskOf(HANGS)), stopped.evaluate(taskOf('1'))]
    await stopped.stop()
    expect(await Promise.all(under)).toEqual(under.map(() => expect.objectContaining({ kind: 'fault', fault: 'lost' })))
    expect(await stopped.evaluate(taskOf('1'))).toMatchObject({
      fault: 'lost',
      message: expect.stringContaining('stopping'),
    })
    await stopped.stop()
  })
})

test('a thread that ends says at which task', async () => {
  const thread = new Thread(LIMITS)
  expect(await thread.run([taskOf('1')])).toEqual({ kind: 'answered', answers: [{ kind: 'value', text: '1' }] })
  const ended = thread.run([taskOf(HANGS), taskOf('1')])
  await thread.stop()
  expect(await ended).toEqual({ kind: 'died', at: 0, because: 'ended', error: undefined })
})

test.each([
  ['hung', 'timeout'],
  ['memory', 'memory'],
  ['ended', 'lost'],
] as const)('a thread that died, %s, is a fault of kind %s', (death, fault) => {
  expect(faultOf(death, LIMITS)).toMatchObject({ kind: 'fault', fault })
})

test('a process that has evaluated can end by itself', () => {
  const code = `import { Expressions } from '${new URL('../expressions.ts', import.meta.url).href}'
    const all = await new Expressions().evaluateAll([{ source: '[1, 2].map((x) => x)', scope: {} }])
    console.log(all[0].data.text)`
  const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', code]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { timeout: 30_000, encoding: 'utf8' })
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '[1,2]\n', stderr: '' })
})

vi.setConfig({ testTimeout: 30_000 })

describe('variables and resources', () => {
  const expressions = new Expressions()
  afterAll(() => expressions.stop())

  test('whose path is known only at run time are asked for, and then given', async () => {
    const source = '[variable(`u/a/${flow_input.name}`), (await resource(`f/x/${flow_input.name}`)).host]'
    const flow_input = { name: 'db' }
    const first = await expressions.evaluate({ source, scope: scopeOf({ flow_input }) })
    expect(first).toEqual({ ok: false, kind: 'needs', variables: ['u/a/db'], resources: [] })
    const second = scopeOf({ flow_input, variables: { 'u/a/db': 'pw' } })
    expect(await expressions.evaluate({ source, scope: second })).toMatchObject({ resources: ['f/x/db'] })
    const third = scopeOf({ flow_input, variables: { 'u/a/db': 'pw' }, resources: { 'f/x/db': { host: 'h' } } })
    expect(await expressions.evaluate({ source, scope: third })).toMatchObject({ data: { text: '["pw","h"]' } })
  })

  test('are asked for all at once where the expression goes on without them, and also when it hides the error', async () => {
    const source = `['a', 'b'].map((name) => { try { return variable(name) } catch { return 'none' } })`
    expect(await expressions.evaluate({ source, scope: {} })).toMatchObject({ kind: 'needs', variables: ['a', 'b'] })
  })

  test('that may not be read throw an error that says why', async () => {
    const scope = { variables: new Map([['u/a/x', { refusal: 'there is no variable u/a/x' }]]) }
    expect(await expressions.evaluate({ source: 'variable("u/a/x")', scope })).toMatchObject({
      kind: 'threw',
      message: 'Error: there is no variable u/a/x',
    })
    const source = '(() => { try { return variable("u/a/x") } catch { return "default" } })()'
    expect(await expressions.evaluate({ source, scope })).toMatchObject({ data: { text: '"default"' } })
  })

  test('an expression cannot forge what it asks for', async () => {
    for (const forged of ['return [7]', 'return 7', 'return undefined', 'throw 7']) {
      const source = `Object.prototype.toJSON = () => { ${forged} }; variable('x' + 1)`
      expect(await expressions.evaluate({ source, scope: {} })).toMatchObject({ ok: false, kind: 'threw' })
    }
  })
})

describe('places in the source', () => {
  const expressions = new Expressions()
  afterAll(() => expressions.stop())

  test.each([
    ['missing', 1, 1],
    ['"😀" + missing', 1, 8],
    ['1 +\n missing', 2, 2],
    ['const a = 1\nmissing', 2, 1],
    ['const a = 1;  missing + a', 1, 15],
    ['const a = 1\n\na + missing', 3, 5],
    ['if (true) {\n  missing\n}', 2, 3],
    ['null.a()', 1, 6],
    ['eval("null.a")', 1, 5],
  ])('%j fails at %s:%s', async (source, line, column) => {
    const evaluated = await expressions.evaluateSlow({ source, scope: {} })
    expect(evaluated).toMatchObject({ ok: false, kind: 'threw', line, column })
  })

  test.each([
    ['eval("flow_input.a.b")', "TypeError: Cannot read properties of undefined (reading 'a')"],
    ['eval("flow_input[0]")', 'TypeError: cannot read property of undefined'],
    ['eval("flow_input()")', 'TypeError: not a function'],
    ['[1].map(null)', 'TypeError: not a function'],
    ['const { a } = flow_input; return a', 'TypeError: cannot convert to object'],
    [
      'flow_input /* it */ . a()',
      "TypeError: Cannot read properties of undefined (reading 'a'): flow_input is undefined",
    ],
    ['[1].map((x) => x.a(x))', 'TypeError: x.a is not a function'],
    ['`x``y`', 'TypeError: not a function'],
    ['new flow_input()', 'TypeError: not a function'],
  ])('%s fails with %s', async (source, message) => {
    expect(await expressions.evaluateSlow({ source, scope: {} })).toMatchObject({ ok: false, kind: 'threw', message })
  })

  test('what only this engine does not read is a fault of syntax', async () => {
    expect(await expressions.evaluate({ source: '(() => { using x = null; return 1 })()', scope: {} })).toMatchObject({
      kind: 'syntax',
    })
  })

  test('an expression that reads too much is refused before it is sent', async () => {
    const small = new Expressions({ inputCharsMax: 100 })
    const scope = scopeOf({ flow_input: 'x'.repeat(100) })
    expect(await small.evaluate({ source: 'flow_input.trim()', scope })).toMatchObject({ kind: 'too_large' })
    await small.stop()
  })

  test('a fault of syntax needs no thread', async () => {
    expect(await expressions.evaluate({ source: '1 +', scope: {} })).toMatchObject({
      kind: 'syntax',
      line: 1,
      column: 4,
    })
    expect(await expressions.evaluateSlow({ source: '1 +', scope: {} })).toMatchObject({ kind: 'syntax' })
  })
})

function taskOf(source: string, scope = {}): GuestTask {
  const analysis = analyse(source)
  if (!analysis.ok) throw new Error(analysis.message)
  return { code: analysis.guest.code, request: toGuestRequest(analysis.reads, scope) }
}
