import { afterAll, describe, expect, test } from 'vitest'
import type { Evaluated } from './evaluated.ts'
import { Expressions } from './expressions.ts'
import { scopeOf, type ScopeValues } from './testing/scope-of.ts'

const expressions = new Expressions()
afterAll(() => expressions.stop())

/** What expressions of real flows look like, the odd ones among them. */
const CASES: readonly (readonly [source: string, values: ScopeValues, result: unknown])[] = [
  ['flow_input.x', { flow_input: { x: 1 } }, 1],
  ['results.a.b[0].c', { results: { a: { b: [{ c: 'deep' }] } } }, 'deep'],
  ['  results.a\n', { results: { a: [1, 2] } }, [1, 2]],
  ['results.a;;', { results: { a: 1 } }, 1],
  ['results.a // the first', { results: { a: 1 } }, 1],
  ['/* why */ results.a /* not */ ; // done', { results: { a: 1 } }, 1],
  ['results?.a?.b?.c', { results: { a: null } }, null],
  ['results.gone', { results: {} }, null],
  ['results.debate_round?.allArgs', { results: { debate_round: null } }, null],
  ["flow_input['Is Ephemeral?']", { flow_input: { 'Is Ephemeral?': true } }, true],
  ['flow_input["Is Ephemeral?"] === false', { flow_input: { 'Is Ephemeral?': true } }, false],
  ['resume["Field"]', { resume: { Field: 'yes' } }, 'yes'],
  ['resumes.length > 1 && approvers[0] !== approvers[1]', { resumes: [1, 2], approvers: ['a', 'b'] }, true],
  ['{ "a": results.x, b: [flow_input.y, null] }', { results: { x: 1 }, flow_input: { y: 2 } }, { a: 1, b: [2, null] }],
  ['{ "a": results.x };\n', { results: { x: 1 } }, { a: 1 }],
  ['{a: 1}', {}, { a: 1 }],
  ['{}', {}, {}],
  ['{ flow_env }', { flow_env: { HOST: 'h' } }, { flow_env: { HOST: 'h' } }],
  ['({ a: undefined, b: [undefined, 0 / 0, -0] })', {}, { b: [null, null, 0] }],
  ['return { id: flow_input.x }', { flow_input: { x: 1 } }, { id: 1 }],
  ['const x = flow_input.x\nif (x > 1) { return "big" }\nreturn "small"', { flow_input: { x: 1 } }, 'small'],
  ['const double = (x) => { return x * 2 }\ndouble(flow_input.x)', { flow_input: { x: 4 } }, 8],
  ['const results = { own: 1 }; return results.own', { results: { own: 2 } }, 1],
  ['(() => { const y = flow_input.x; return y + 1 })()', { flow_input: { x: 1 } }, 2],
  ['(function () { return flow_input.x })()', { flow_input: { x: 1 } }, 1],
  ['results.a !== undefined &&\n  results.b !== null\n  && !results.c', { results: { a: 1, b: 1, c: 0 } }, true],
  [
    'error.message + " / " + error.name + " / " + error.step_id',
    { error: { message: 'm', name: 'n', step_id: 's' } },
    'm / n / s',
  ],
  ['previous_result.error.message', { previous_result: { error: { message: 'm' } } }, 'm'],
  ["(result?.error?.message || '').includes('rate')", { result: { error: { message: 'rate limit' } } }, true],
  ["(result?.error?.message || '').includes('rate')", { result: null }, false],
  ["`Bearer ${variable('u/a/token')}`", { variables: { 'u/a/token': 's3cret' } }, 'Bearer s3cret'],
  [
    "{ token: variable('f/x/t'), db: resource('f/x/db').host }",
    { variables: { 'f/x/t': 't' }, resources: { 'f/x/db': { host: 'h' } } },
    { token: 't', db: 'h' },
  ],
  ["await variable('u/a/token')", { variables: { 'u/a/token': 's' } }, 's'],
  ["(await resource('f/x/db')).port + 1", { resources: { 'f/x/db': { port: 5432 } } }, 5433],
  ['flow_input.iter.value', { flow_input: { iter: { value: 'v', index: 0 } } }, 'v'],
  ['flow_input.list[flow_input.iter.index]', { flow_input: { list: ['a', 'b'], iter: { index: 1 } } }, 'b'],
  ['`text`', {}, 'text'],
  ['`${flow_input.a}-${flow_input.n}`', { flow_input: { a: 'x', n: 1.5 } }, 'x-1.5'],
  ['flow_input.a ? "yes" : "no"', { flow_input: { a: '' } }, 'no'],
  ['flow_input.a ?? results.b ?? []', { flow_input: {}, results: {} }, []],
  ['results.a.length == "2"', { results: { a: [1, 2] } }, true],
  ['{ ...flow_input.base, x: 1 }', { flow_input: { base: { x: 0, y: 2 } } }, { x: 1, y: 2 }],
  ['[...results.a, ...results.b].flat()', { results: { a: [[1]], b: [2] } }, [1, 2]],
  ['JSON.stringify(results.a)', { results: { a: { b: 1 } } }, '{"b":1}'],
  ['Object.keys(results)', { results: { a: 1, b: 2 } }, ['a', 'b']],
  [
    'Array.isArray(results.a) ? results.a.filter((x) => x > 1).map((x) => ({ x })) : []',
    { results: { a: [1, 2] } },
    [{ x: 2 }],
  ],
  ["flow_input.s.trim().split(',')", { flow_input: { s: ' a,b ' } }, ['a', 'b']],
  ['new Date(flow_input.at).toISOString()', { flow_input: { at: 0 } }, '1970-01-01T00:00:00.000Z'],
  ['typeof flow_input.x === "undefined"', { flow_input: {} }, true],
  ['new Date(0)', {}, '1970-01-01T00:00:00.000Z'],
  ['undefined', {}, null],
  ['await Promise.all([1, Promise.resolve(2)])', {}, [1, 2]],
  ['(async () => flow_input.x)()', { flow_input: { x: 1 } }, 1],
  ['eval("flow_input.x")', { flow_input: { x: 1 } }, 1],
  ['', {}, null],
  ['\n  // nothing\n', {}, null],
]

describe('expressions of real flows give what they give in JavaScript, in both lanes', () => {
  test.each(CASES)('%s', async (source, values, result) => {
    const scope = scopeOf(values)
    expect(valueOf(await expressions.evaluateSlow({ source, scope }))).toEqual(result)
    expect(valueOf(await expressions.evaluate({ source, scope }))).toEqual(result)
  })
})

function valueOf(evaluated: Evaluated): unknown {
  return evaluated.ok ? evaluated.data.value : evaluated
}
