import { expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import type { Evaluated } from '../evaluated.ts'
import { JsonData } from '../json-data.ts'
import type { Scope } from '../scope.ts'
import { scopeOf } from '../testing/scope-of.ts'
import { isWithin } from './is-within.ts'
import { runFast } from './run-fast.ts'

const scope = scopeOf({
  flow_input: { a: 'x', n: 2, list: [1, 2], o: {}, big: 'x'.repeat(600_000), __proto__own: 1 },
  results: { a: { b: { c: 3 } }, skipped: null },
  variables: { v: 'secret' },
  resources: { r: { host: 'h' } },
})

test.each([
  ['results.a.b.c', 3],
  ['results.a?.b?.["c"]', 3],
  ['results.skipped?.b.c.d', null],
  ['(results.skipped || {}).b', null],
  ['flow_input.a || "y"', 'x'],
  ['flow_input.gone ?? flow_input.n', 2],
  ['flow_input.list[flow_input.n - 1] === 2', true],
  ['!flow_input.o', false],
  ['flow_input.a === "x" && results.a !== null ? `${flow_input.a}!` : undefined', 'x!'],
  [
    '{ x: flow_input.n * -1, "y z": [typeof flow_input.gone, void 0, +"3"], 1: { flow_input: null } }',
    { 1: { flow_input: null }, x: -2, 'y z': ['undefined', null, 3] },
  ],
  ['flow_input.list.length + flow_input.a.length', 3],
  ['"abc"[1] + "abc"["length"]', 'b3'],
  ['variable("v") + resource("r").host', 'secreth'],
  ['flow_input.a.gone', null],
  ['flow_input.n.gone', null],
  ['flow_input.a["01"]', null],
  ['null == undefined', true],
  ['flow_input.gone == 0', false],
  ['flow_input.o == null', false],
  ['true == "1"', true],
  ['NaN != NaN', true],
  ['"b" > "a" && 2 >= "2" && null <= 0 && 1 < 2', true],
])('%s is evaluated without the engine', (source, result) => {
  const evaluated = fast(source)
  expect(evaluated?.ok && evaluated.data.value).toEqual(result)
})

/** These have a form or data that are the slow lane's. */
test.each([
  ...[
    'flow_input.list.map((x) => x)',
    'new Date()',
    'a',
    'typeof a',
    'flow_input.n ** 2',
    '"a" in flow_input',
    '10n',
    '/x/',
  ],
  ...[
    '({ __proto__: null })',
    '({ [flow_input.a]: 1 })',
    '({ get a() { return 1 } })',
    '({ a() {} })',
    '[1, , 2]',
    '[...flow_input.list]',
  ],
  ...[
    '({ ...flow_input })',
    '(1, 2)',
    'flow_input.a = 1',
    'delete flow_input.a',
    'results',
    'results[flow_input.a]',
    'await 1',
    'this',
  ],
  ...[
    'variable(flow_input.a)',
    'variable("gone")',
    'resource?.("r")',
    'resource("r", 1)',
    'other("r")',
    'flow_input.variable("v")',
    'return 1',
  ],
  ...[
    'flow_input.constructor',
    'flow_input.toString',
    'results.constructor',
    'results.__proto__',
    'flow_input.list.map',
    'flow_input.a.trim',
  ],
  ...[
    'flow_input.a["__proto__"]',
    'flow_input.o + ""',
    '`${flow_input.list}`',
    '-flow_input.o',
    'flow_input.o == flow_input.o',
    'flow_input.o < 1',
  ],
  ...[
    'flow_input.o === flow_input.list',
    'flow_input.o !== flow_input.o',
    'flow_input.o == "x"',
    'flow_input[null]',
    'flow_input[flow_input.o]',
  ],
  ...[
    'flow_input.big + flow_input.big',
    '`${flow_input.big}${flow_input.big}`',
    'import("x")',
    'flow_input.#a',
    'tag`x`',
    'flow_input.a.at(0)',
  ],
])('%s leaves the fast lane', (source) => {
  expect(fast(source)).toBeUndefined()
})

test('a refused variable leaves it too, to throw where the expression may catch it', () => {
  expect(fast('variable("v")', { variables: new Map([['v', { refusal: 'there is none' }]]) })).toBeUndefined()
})

test('a fault says what was read and where', () => {
  expect(fast('1 +\n  results.skipped.b')).toEqual({
    ok: false,
    kind: 'threw',
    message: "TypeError: Cannot read properties of null (reading 'b'): results.skipped is null",
    line: 2,
    column: 19,
  })
  expect(fast(`flow_input.gone[flow_input.n]`)).toMatchObject({
    message: 'TypeError: Cannot read properties of undefined (reading [flow_input.n]): flow_input.gone is undefined',
  })
  const long = `(${'flow_input.a && '.repeat(10)}flow_input.gone).x`
  expect(fast(long)).toMatchObject({ message: expect.stringContaining(`${long.slice(0, 80)}… is undefined`) })
})

test('a result is passed on as the text that it came as', () => {
  const data = JsonData.ofText('{ "a" : [ 1 ] }')
  const evaluated = fast('results.step', { results: new Map([['step', data]]) })
  expect(evaluated?.ok && evaluated.data).toBe(data)
})

test('a result has a largest size, which is not exceeded to find that out', () => {
  const many = `[${Array.from({ length: 10_000 }, () => 'flow_input.big').join(',')}]`
  expect(fast(many)).toMatchObject({ ok: false, kind: 'too_large', message: expect.stringContaining('1000000 bytes') })
  expect(fast('flow_input.big')).toMatchObject({ ok: true })
  expect(fast('flow_input')).toMatchObject({ ok: true })
  expect(fast('"é"', scope, 3)).toMatchObject({ kind: 'too_large' })
})

test('only as much of a value is looked at as may be', () => {
  expect(isWithin({ a: ['xx', 1, null], b: {} }, 20)).toBe(true)
  expect(isWithin({ a: ['xx', 1, null], b: {} }, 5)).toBe(false)
  expect(isWithin(Array(100).fill(1), 50)).toBe(false)
  expect(isWithin('x'.repeat(10), 11)).toBe(false)
})

test('faults of ours are not taken for the author’s', () => {
  expect(() => fast('results.a', { results: new Map([['a', JsonData.ofText('no JSON')]]) })).toThrow(SyntaxError)
})

function fast(source: string, given: Scope = scope, resultBytesMax = 1_000_000): Evaluated | undefined {
  const analysis = analyse(source)
  return analysis.ok && analysis.fast ? runFast(analysis.fast, given, resultBytesMax) : undefined
}
