import fc from 'fast-check'
import { SCOPE_NAMES } from '../scope.ts'
import type { ScopeValues } from './scope-of.ts'

/** Few names, so that paths often meet what is there; some that every object has besides its own. */
const KEYS = ['a', 'b', 'x y', 'length', '0', '1', '01', '-0', '__proto__', 'constructor', 'toString', 'toJSON', 'map']

const key = fc.constantFrom(...KEYS)

const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1e21, 1e-7, 0.1, 2 ** 53, -0, 5e-324, 1.7976931348623157e308),
)

const string = fc.oneof(
  fc.constantFrom('', 'a', 'abc', '1', ' 12 ', '0x10', '1e3', 'Infinity', '\u0000', '\ud800', 'é', '😀', '__proto__'),
  fc.string({ unit: 'binary', maxLength: 5 }),
)

const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    number,
    string,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(key, string), tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

/** Scopes in which some of the names are there. */
export const arbitraryScope: fc.Arbitrary<ScopeValues> = fc.record(
  {
    ...Object.fromEntries(SCOPE_NAMES.map((name) => [name, json])),
    results: fc.dictionary(key, json, { maxKeys: 4, noNullPrototype: true }),
    variables: fc.record({ v: string }),
    resources: fc.record({ r: json }),
  },
  { requiredKeys: ['variables', 'resources'] },
)

const literal = fc.oneof(
  number.map((value) => (Object.is(value, -0) ? '-0' : `${value < 0 ? `(${value})` : value}`)),
  string.filter((value) => value.isWellFormed()).map((value) => JSON.stringify(value)),
  fc.constantFrom('null', 'true', 'false', 'undefined', 'NaN', 'Infinity', '`t`', '``', "'\\u{1F600}'"),
)

const root = fc.oneof(
  fc.constantFrom(...SCOPE_NAMES),
  fc.constantFrom("variable('v')", "resource('r')", 'results', 'results?.a', 'results["b"]', 'results[0]'),
  key.map((id) => `results[${JSON.stringify(id)}]`),
)

const link = fc.oneof(
  fc.constantFrom('.a', '.b', '?.a', '?.b', '.length', '?.length', '[0]', '?.[1]', "['x y']", '[`a`]'),
  key.map((name) => `[${JSON.stringify(name)}]`),
  fc.constantFrom('.toString', '.constructor', '.__proto__', '?.map', '[-1]', '[1.5]'),
)

const path = fc.tuple(root, fc.array(link, { maxLength: 4 })).map(([start, links]) => start + links.join(''))

const BINARY = ['===', '!==', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '&&', '||', '??']

/** Forms that the fast lane may know; it decides for each, and with the data, whether it does. */
export const { expression: arbitraryExpression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression').map((source) => `(${source})`)
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      path,
      literal,
      fc.tuple(inner, fc.constantFrom(...BINARY), inner).map((parts) => parts.join(' ')),
      fc.tuple(path, fc.constantFrom('||', '??', '===', '+'), literal).map((parts) => parts.join(' ')),
      fc.tuple(fc.constantFrom('!', '-', '+', 'typeof ', 'void '), inner).map((parts) => parts.join('')),
      fc.tuple(inner, inner, inner).map(([test, yes, no]) => `${test} ? ${yes} : ${no}`),
      fc.array(inner, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc.array(fc.tuple(key, inner), { maxLength: 3 }).map((items) => objectOf(items)),
      fc.array(inner, { maxLength: 3 }).map((items) => `\`${items.map((item) => `.\${${item}}`).join('')}\``),
      fc.tuple(inner, link).map((parts) => parts.join('')),
      fc.tuple(path, inner).map(([of, at]) => `${of}[${at}]`),
    ),
  }
})

function objectOf(items: readonly (readonly [string, string])[]): string {
  return `{ ${items.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(', ')} }`
}
