import assert from 'node:assert/strict'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import type { Evaluated } from './evaluated.ts'
import { Expressions } from './expressions.ts'
import type { Scope } from './scope.ts'
import { scopeOf } from './testing/scope-of.ts'

vi.setConfig({ testTimeout: 30_000 })

const expressions = new Expressions()
afterAll(() => expressions.stop())

/** With time enough for what must fail by another limit, also on a machine that is busy. */
const patient = new Expressions({ timeMs: 5000 })
afterAll(() => patient.stop())

const scope: Scope = {
  ...scopeOf({ flow_input: { x: 1 }, results: { a: { b: [1] } } }),
  variables: new Map([['gone', { refusal: 'there is no variable gone' }]]),
}

/** What a JavaScript program on this host could reach, and an expression must not. */
const HOST_NAMES = [
  ...['process', 'require', 'module', 'global', 'Buffer', 'fetch', 'WebAssembly', 'Atomics', 'Worker'],
  ...[
    'setTimeout',
    'setInterval',
    'setImmediate',
    'queueMicrotask',
    'structuredClone',
    'performance',
    'navigator',
    'console',
  ],
  ...[
    'XMLHttpRequest',
    'MessageChannel',
    'postMessage',
    'importScripts',
    'Deno',
    'Bun',
    'std',
    'os',
    'print',
    'scriptArgs',
  ],
]

/** Ways to a function of the host, each a text that evaluates to a global object or to a function that makes code. */
const WAYS_OUT = [
  'globalThis',
  'this',
  '(function () { return this })()',
  '(0, eval)("globalThis")',
  'Function("return this")()',
  'results.constructor.constructor("return this")()',
  'flow_input.x.constructor.constructor("return this")()',
  'variable.constructor("return this")()',
  'resource.__proto__.constructor("return globalThis")()',
  'Object.getPrototypeOf(async () => {}).constructor("return globalThis")()',
  'Object.getPrototypeOf(function* () {}).constructor("return globalThis")().next().value',
  'Reflect.construct(Function, ["return this"])()',
  'new Proxy(results, { get: () => globalThis }).x',
  '(() => { try { null.x } catch (error) { return error.constructor.constructor("return this")() } })()',
  '(() => { try { variable("gone") } catch (error) { return error.constructor.constructor("return this")() } })()',
  'new Error().constructor.constructor("return this")()',
  'await import("x").catch((error) => error.constructor.constructor("return this")())',
  '(() => { let seen; Error.prepareStackTrace = (_, frames) => { seen = frames }; new Error().stack; return seen?.[0]?.getThis?.() ?? globalThis })()',
  '(() => { let seen = globalThis; Object.defineProperty(Object.prototype, "then", { get() { seen = this; return undefined }, configurable: true }); return seen })()',
]

describe('no name of the host is there', () => {
  test.each(WAYS_OUT)('by %s', async (way) => {
    const source = `const found = (${way});
      const names = ${JSON.stringify(HOST_NAMES)};
      return [typeof found, names.filter((name) => found?.[name] !== undefined)]`
    const evaluated = await expressions.evaluate({ source, scope })
    expect(valueOf(evaluated)).toEqual([expect.stringMatching(/^(object|undefined)$/), []])
  })

  test('nor any function that the engine does not bring itself', async () => {
    const source = `const walk = (value, seen) => {
      if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) return seen
      seen.add(value)
      for (const key of Reflect.ownKeys(value)) {
        const { value: inner, get, set } = Object.getOwnPropertyDescriptor(value, key)
        for (const next of [inner, get, set]) walk(next, seen)
      }
      return walk(Object.getPrototypeOf(value), seen)
    }
    const all = walk(globalThis, walk(variable, walk(resource, walk(results, walk(flow_input, new Set())))))
    const functions = [...all].filter((value) => typeof value === 'function')
    return functions.filter((value) => !String(value).includes('[native code]')).map(String)`
    const written = valueOf(await expressions.evaluate({ source, scope }))
    // Of what is no part of the engine there are two closures of the prelude: for variable() and resource(), and for Math.random.
    expect(new Set(written as string[]).size).toBe(2)
  })
})

describe('what one evaluation writes, no other sees', () => {
  const WRITES = [
    'globalThis.leak = 1; leak2 = 2; var leak3 = 3',
    'Object.prototype.leak = 1; Array.prototype.leak = 1; String.prototype.leak = 1; Function.prototype.leak = 1',
    'Object.defineProperty(Object.prototype, "toJSON", { value: () => "leak" }); Object.freeze(Object.prototype)',
    'JSON.stringify = () => "leak"; JSON.parse = () => "leak"; Promise.prototype.then = () => "leak"; Math.random = () => "leak"',
    'Array.prototype.push = () => { throw "leak" }; Array.prototype[Symbol.iterator] = function* () { yield "leak" }; Array.prototype.map = () => "leak"',
    'results.a.b.push("leak"); flow_input.x = "leak"; results.leak = 1',
    'Error.prepareStackTrace = () => "leak"; Error.stackTraceLimit = 0; Symbol.for("leak").description; delete globalThis.Object',
    'Promise.resolve().then(() => { globalThis.leak = 1 }); (async () => { for (;;) { await null; globalThis.leak = 1 } })(); 1',
    'Object.setPrototypeOf(Object.prototype.__proto__ ?? Array.prototype, { leak: 1 }); undefined',
    'eval("var leak = 1; function leak2() {}"); new Function("globalThis.leak = 1")(); 1',
  ]
  const PROBE = `return [typeof leak, typeof leak2, typeof leak3, ({}).leak, [].leak, ''.leak, (() => {}).leak, JSON.stringify({}),
    JSON.parse('1'), typeof Math.random(), [...[1]], [1].map((x) => x), typeof Promise.prototype.then, Error.prepareStackTrace,
    typeof Object, Object.isFrozen(Object.prototype), results, flow_input]`

  test.each(WRITES)('%s', async (source) => {
    const clean = valueOf(await expressions.evaluateSlow({ source: PROBE, scope }))
    expect(JSON.stringify(clean)).not.toContain('leak')
    const [, after] = await Promise.all([
      expressions.evaluateSlow({ source, scope }),
      expressions.evaluateSlow({ source: PROBE, scope }),
    ])
    expect(valueOf(after)).toEqual(clean)
  })

  test('random numbers differ between evaluations all the same', async () => {
    const all = await expressions.evaluateAll(Array.from({ length: 50 }, () => ({ source: 'Math.random()', scope })))
    expect(new Set(all.map(valueOf)).size).toBe(50)
  })
})

describe('limits hold', () => {
  afterEach(async () => {
    for (const one of [expressions, patient])
      assert.equal(valueOf(await one.evaluateSlow({ source: '1 + 1', scope })), 2, 'it goes on after that')
  })

  test.each([
    'while (true) {}',
    'for (;;) { try { while (true) {} } catch {} finally { continue } }',
    '(async () => { for (;;) await null })()',
    'await new Promise(() => {})',
    'await { then() { while (true) {} } }',
    'await { then(resolve) { resolve(this) } }',
    '/^(a+)+$/.test("a".repeat(50) + "b")',
    '"a".repeat(50).match(/(.*)*(.*)*(.*)*b/)',
    'const o = {}; o.toJSON = () => { while (true) {} }; return o',
    'return { get x() { for (;;) {} } }',
    'return new Proxy({}, { ownKeys() { for (;;) {} } })',
    'throw { get message() { for (;;) {} }, toJSON() { for (;;) {} } }',
    'const error = new Error("x"); Object.defineProperty(error, "message", { get() { for (;;) {} } }); throw error',
    'class Slow extends Error { get name() { for (;;) {} } }; throw new Slow("x")',
    'try { for (;;) {} } finally { for (;;) {} }',
    '[2, 1, 3].sort(() => { for (;;) {} })',
    'function* all() { for (;;) yield 1 }; const [...list] = (function* () { for (;;) { } })(); return list',
    'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  ])('%s ends in time', async (source) => {
    const beganMs = performance.now()
    expect(await expressions.evaluate({ source, scope })).toMatchObject({ ok: false, kind: 'timeout' })
    expect(performance.now() - beganMs).toBeLessThan(10_000)
  })

  test.each([
    '"x".repeat(1e9)',
    'let s = "x"; for (;;) s += s',
    'const all = []; for (;;) all.push(new Array(100_000).fill(1))',
    'const all = []; for (;;) all.push("x".repeat(1_000_000) + all.length)',
    'const all = []; while (true) { try { all.push(new Uint8Array(1_000_000)) } catch { all.push(new Uint8Array(30_000_000)) } }',
    'new Array(1e8).fill("x".repeat(10))',
    'new Uint8Array(1e9)',
    'new ArrayBuffer(64 * 1024 * 1024)',
    'JSON.stringify(Array(1e7).fill("xxxx"))',
    '"x".padEnd(1e9)',
    '[].concat(...Array(10_000).fill(Array(10_000).fill(1)))',
  ])('%s stays within its memory', async (source) => {
    expect(await patient.evaluate({ source, scope })).toMatchObject({ ok: false, kind: 'memory' })
  })

  test.each([
    '(function f() { return 1 + f() })()',
    'const o = { toString: () => "" + o }; return "" + o',
    'let a = []; for (let i = 0; i < 100_000; i++) a = [a]; return a.flat(Infinity)',
    'eval("(".repeat(100_000))',
    'JSON.parse("[".repeat(100_000))',
  ])('%s is too deep, and nothing breaks', async (source) => {
    const evaluated = await patient.evaluate({ source, scope })
    expect(evaluated).toMatchObject({ ok: false, kind: 'threw', message: expect.stringContaining('call stack size') })
  })

  test.each(['"x".repeat(10 * 1024 * 1024)', '"é".repeat(6_000_000)'])('%s is too large a result', async (source) => {
    expect(await patient.evaluate({ source, scope })).toMatchObject({ ok: false, kind: 'too_large' })
  })
})

describe('a result that is no JSON', () => {
  test.each([
    ['() => 1', 'a function'],
    ['variable', 'a function'],
    ['class A {}', 'a function'],
    ['Symbol("x")', 'a symbol'],
    ['10n', 'a BigInt'],
    ['{ a: [10n] }', 'BigInt'],
    ['const a = {}; a.a = a; return a', 'circular'],
  ])('%s is refused with a sentence', async (source, reason) => {
    expect(await expressions.evaluate({ source, scope })).toMatchObject({
      ok: false,
      kind: 'not_json',
      message: expect.stringContaining(reason),
    })
  })

  test.each([
    ['{ toJSON: () => undefined }', null],
    ['{ toJSON: () => "mine" }', 'mine'],
    ['[undefined, () => 1, Symbol("x"), NaN]', [null, null, null, null]],
    ['{ a: undefined, b: () => 1, c: NaN }', { c: null }],
    ['new Map([[1, 2]])', {}],
    ['Object.prototype.toJSON = () => ({ ok: true }); ({})', { ok: true }],
    ['new Proxy([1, 2], {})', [1, 2]],
    ['{ get a() { return 1 } }', { a: 1 }],
    ['"\\ud800"', '\ud800'],
    ['"a\\u0000b"', 'a\u0000b'],
    ['JSON.parse(\'{"__proto__": {"x": 1}}\')', JSON.parse('{"__proto__": {"x": 1}}')],
  ])('%s is what JSON makes of it', async (source, result) => {
    expect(valueOf(await expressions.evaluate({ source, scope }))).toEqual(result)
  })
})

describe('what is thrown is said, whatever it is', () => {
  test.each([
    ['throw new Error("why")', 'Error: why'],
    ['throw new Error()', 'Error'],
    ['throw new RangeError("far")', 'RangeError: far'],
    ['throw "text"', 'threw text'],
    ['throw "a\\u0000b\\ud800"', 'threw a\uFFFDb\uFFFD'],
    ['throw { code: 7 }', 'threw {"code":7}'],
    ['throw undefined', 'threw undefined'],
    ['throw null', 'threw null'],
    ['const o = {}; o.o = o; throw o', 'threw what cannot be shown'],
    ['await Promise.reject(new Error("later"))', 'Error: later'],
    ['throw { toJSON() { throw 1 } }', 'threw what cannot be shown'],
    ['Object.prototype.toJSON = () => undefined; throw new Error("why")', 'Error: why'],
    ['const e = new Error("x"); Object.defineProperty(e, "message", { get() { throw e } }); throw e', 'Error'],
    ['JSON.stringify = null; Error = null; String = null; throw new TypeError("why")', 'TypeError: why'],
    ['import("fs")', "ReferenceError: could not load module 'fs'"],
    ['require("fs")', 'ReferenceError: require is not defined'],
    ['missing + 1', 'ReferenceError: missing is not defined'],
    ['results.a.b.c.d', "TypeError: Cannot read properties of undefined (reading 'd'): results.a.b.c is undefined"],
    ['results.a.nope()', 'TypeError: results.a.nope is not a function'],
    [
      'await results.gone.map((x) => x)',
      "TypeError: Cannot read properties of undefined (reading 'map'): results.gone is undefined",
    ],
    ['throw new Error("x".repeat(100_000))', `Error: ${'x'.repeat(2000)}`],
  ])('%s', async (source, message) => {
    expect(await expressions.evaluate({ source, scope })).toMatchObject({ ok: false, kind: 'threw', message })
  })
})

function valueOf(evaluated: Evaluated): unknown {
  return evaluated.ok ? evaluated.data.value : evaluated
}
