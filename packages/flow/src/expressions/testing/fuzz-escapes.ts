import fc from 'fast-check'
import { expect } from 'vitest'
import type { Evaluated } from '../evaluated.ts'
import type { Expressions } from '../expressions.ts'
import { ESCAPE_INPUT } from './escape-classes.ts'
import { hostTraps } from './host-traps.ts'
import { scopeOf } from './scope-of.ts'

/** Sources that go to the other thread together. */
const BATCH = 100

const ROOTS = [
  ...['this', 'globalThis', 'results', 'flow_input', 'previous_result', 'variable', 'resource', 'Function', 'eval'],
  ...[
    '(() => {})',
    '(async () => {})',
    '(function* () {})',
    '(function () { return this })',
    '(class {})',
    'new Error()',
  ],
  ...[
    '""',
    '[]',
    '({})',
    '1',
    '1n',
    '/x/',
    'Symbol.iterator',
    'Promise',
    'Reflect',
    'Error',
    'Proxy',
    'JSON',
    'Object',
  ],
  ...['arguments', 'new.target', 'import.meta', 'process', 'require', 'millraceTrap', 'flow_input.evil', 'results.a'],
]

const LINKS = [
  ...[
    '.constructor',
    '["constructor"]',
    '[`constructor`]',
    '["con" + "structor"]',
    '[["constructor"]]',
    '?.constructor',
  ],
  ...['.__proto__', '.prototype', '.caller', '.callee', '.then', '.stack', '.get', '.env', '.process', '.mainModule'],
  ...[
    '.millraceTrap',
    '["millraceTrap"]',
    '.require',
    '[Symbol.species]',
    '[Symbol.toPrimitive]',
    '[0]',
    '.a',
    '?.[0]',
  ],
  ...[
    '.__lookupGetter__',
    '.__defineGetter__',
    '.prepareStackTrace',
    '[flow_input.evil]',
    '[Object.keys(flow_input)[0]]',
  ],
]

const CALLS = [
  ...[
    '()',
    '("return this")',
    '("return process")',
    '("return millraceTrap()")',
    '`return this`',
    '(this)',
    '(globalThis)',
  ],
  ...[
    '(flow_input.evil)',
    '("child_process")',
    '("gone")',
    '.call(null, "return this")',
    '.apply(this, ["return this"])',
  ],
  ...['.bind(null)', '("__proto__")', '(() => millraceTrap())', '.getThis()', '.env.millraceTrap', '({ x: 1 })'],
]

/** Spellings of the name that leads to the maker of functions. */
const UP = [
  '.constructor',
  '["constructor"]',
  '[`constructor`]',
  '["con" + "structor"]',
  '[["constructor"]]',
  '?.constructor',
]

/** What is done with a maker of functions. */
const MAKES = [
  ...['("return millraceTrap()")()', '("return this")().millraceTrap()', '("return process")().env.millraceTrap'],
  ...[
    '`return millraceTrap()```',
    '.call(null, "return millraceTrap()")()',
    '.bind(null, "return this")()().millraceTrap()',
  ],
  ...[
    '.apply(this, ["return millraceTrap()"])()',
    '("return this")().process.env.millraceTrap',
    '("a", "return a()")(millraceTrap)',
  ],
  ...[
    '("return process")().mainModule.require("process").env.millraceTrap',
    '("return globalThis")()["millraceTrap"]()',
  ],
]

const blind = fc
  .tuple(
    fc.constantFrom(...ROOTS),
    fc.array(fc.oneof({ arbitrary: fc.constantFrom(...LINKS), weight: 2 }, fc.constantFrom(...CALLS)), {
      maxLength: 6,
    }),
  )
  .map(([root, links]) => root + links.join(''))

/** The way that most of the known ones come down to. */
const aimed = fc
  .tuple(
    fc.constantFrom(...ROOTS),
    fc.array(fc.constantFrom(...LINKS), { maxLength: 1 }),
    fc.array(fc.constantFrom(...UP), { minLength: 1, maxLength: 3 }),
    fc.constantFrom(...MAKES),
  )
  .map(([root, links, up, make]) => [root, ...links, ...up, make].join(''))

const chain = fc.oneof(aimed, blind)

/** What is done with what was reached. */
const WRAPS: readonly ((inner: string, other: string) => string)[] = [
  (inner) => `(${inner})`,
  (inner) => `await (${inner})`,
  (inner) => `typeof (${inner})`,
  (inner) => `new (${inner})`,
  (inner) => `\`\${${inner}}\``,
  (inner) => `{ "a": ${inner} }`,
  (inner, other) => `[${inner}, ${other}]`,
  (inner, other) => `(${inner}) ?? (${other})`,
  (inner, other) => `(${inner}) || (${other})`,
  (inner, other) => `(${inner})(${other})`,
  (inner, other) => `(${inner})[${other}]`,
  (inner) => `(({ constructor: c }) => c("return this")())(${inner})`,
  (inner) => `((made = ${inner}) => made)()`,
  (inner) =>
    `(() => { try { return ${inner} } catch (error) { return error.constructor.constructor("return this")() } })()`,
  (inner) => `({ toJSON() { return ${inner} } })`,
  (inner) => `({ then(resolve) { resolve(${inner}) } })`,
  (inner) => `({ get a() { return ${inner} } })`,
  (inner) => `new Proxy({}, { get: () => ${inner}, has: () => true })`,
  (inner) => `({ toString() { return ${inner} }, valueOf() { return ${inner} } }) + ""`,
  (inner) => `(0, eval)(${JSON.stringify(inner)})`,
]

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    chain,
    fc
      .tuple(fc.constantFrom(...WRAPS), tie('expression'), tie('expression'))
      .map(([wrap, inner, other]) => wrap(inner, other)),
  ),
}))

/** Statements before the value, and text that ends what is around it. */
const BODIES: readonly ((value: string, other: string) => string)[] = [
  (value) => value,
  (value) => value,
  (value) => value,
  (value) => `return ${value}`,
  (value, other) => `Object.prototype.millraceSeen = ${value}; ${other}`,
  (value, other) => `globalThis.results = ${value}; ${other}`,
  (value, other) =>
    `Error.prepareStackTrace = (error, frames) => ${value}; try { null.x } catch (error) { error.stack }; ${other}`,
  (value, other) => `Function.prototype.call = Function.prototype.apply = function () { return ${value} }; ${other}`,
  (value, other) => `JSON.stringify = JSON.parse = () => ${value}; ${other}`,
  (value, other) =>
    `Object.defineProperty(Object.prototype, "then", { get() { return ${value} }, configurable: true }); ${other}`,
  (value) => `1 })()); ${value}; ((async () => { return (1`,
  (value) => `${value} //`,
  (value) => `<!-- \n${value}`,
  (value, other) => `throw Object.assign(new Error(${value}), { toString: () => ${other} })`,
]

/** Random sources made of the parts of known escapes. */
export const escapeSources: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...BODIES), expression, expression)
  .map(([body, value, other]) => body(value, other))

/** What came of very many tries to get out. */
export interface Tries {
  readonly sources: number
  /** Of which so many gave a value. A test in which none does has tried nothing. */
  readonly values: number
  readonly timeouts: number
}

/**
 * Holds that none of so many random expressions, which are made of the parts of known escapes, gets hold of anything of this process,
 * in either lane, in batches. Gives what came of them.
 */
export async function fuzzEscapes(expressions: Expressions, sources: number): Promise<Tries> {
  const traps = hostTraps()
  const removeTraps = traps.set()
  const scope = scopeOf({ flow_input: ESCAPE_INPUT, previous_result: [1], results: { a: { b: [1] } } })
  const tries = { sources: 0, values: 0, timeouts: 0 }
  const batch = fc.asyncProperty(fc.array(escapeSources, { minLength: BATCH, maxLength: BATCH }), async (all) => {
    const asked = all.map((each) => ({ source: each, scope }))
    const fast = asked.flatMap((question) => expressions.tryFast(question) ?? [])
    const slow = await Promise.all(asked.map((question) => expressions.evaluateSlow(question)))
    expect(traps.found([...fast, ...slow].map(textOf))).toEqual([])
    expect(slow.filter(({ ok, ...rest }) => !ok && 'kind' in rest && rest.kind === 'lost')).toEqual([])
    tries.sources += all.length
    tries.values += slow.filter(({ ok }) => ok).length
    tries.timeouts += slow.filter((each) => !each.ok && each.kind === 'timeout').length
  })
  try {
    await fc.assert(batch, { numRuns: Math.ceil(sources / BATCH) })
    return tries
  } finally {
    removeTraps()
  }
}

function textOf(evaluated: Evaluated): string {
  return evaluated.ok ? evaluated.data.text : JSON.stringify(evaluated)
}
