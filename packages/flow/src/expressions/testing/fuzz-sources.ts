import fc from 'fast-check'
import { expect } from 'vitest'
import type { Evaluated } from '../evaluated.ts'
import type { Expressions } from '../expressions.ts'
import { arbitraryExpression, arbitraryScope } from './arbitrary-expression.ts'
import { scopeOf } from './scope-of.ts'

const TOKENS = [
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '`',
    '${',
    "'",
    '"',
    '/',
    '//',
    '/*',
    '*/',
    '<!--',
    '-->',
    ';',
    ',',
    '.',
    '?.',
    '...',
    '\n',
    ' ',
  ],
  ...[
    '=>',
    '=',
    '+=',
    '??=',
    '==',
    '+',
    '++',
    '-',
    '*',
    '**',
    '!',
    '~',
    '?',
    ':',
    '&&',
    '||',
    '??',
    '<',
    '>>>',
    '@',
    '#',
    '\\',
    '\u2028',
  ],
  ...[
    'return ',
    'await ',
    'async ',
    'function ',
    'class ',
    'new ',
    'let ',
    'const ',
    'var ',
    'if ',
    'else ',
    'for ',
    'of ',
    'in ',
    'while ',
  ],
  ...[
    'do ',
    'try ',
    'catch ',
    'finally ',
    'throw ',
    'yield ',
    'typeof ',
    'delete ',
    'void ',
    'this',
    'super',
    'import',
    'export ',
    'eval',
  ],
  ...[
    'results',
    'flow_input',
    'variable',
    'resource',
    'a',
    'b',
    'x',
    '__proto__',
    'constructor',
    'Object',
    'Proxy',
    'Symbol.iterator',
  ],
  ...['0', '1', '1n', '1e309', '.5', 'null', 'true', 'undefined', '/a+/g', '"\\u0000"', '😀', '\u0000', '\ud800'],
]

const soup = fc.array(
  fc.oneof({ arbitrary: fc.constantFrom(...TOKENS), weight: 9 }, { arbitrary: arbitraryExpression, weight: 1 }),
  {
    maxLength: 12,
  },
)

const KINDS = ['needs', 'syntax', 'threw', 'timeout', 'memory', 'too_large', 'not_json']

/**
 * Holds that whatever is written gives data or a fault with a sentence, and that nothing breaks by it. Gives how many had a value,
 * as a test that tries nonsense only must fail.
 */
export async function fuzzSources(expressions: Expressions, runs: number): Promise<number> {
  let values = 0
  const property = fc.asyncProperty(soup, arbitraryScope, async (tokens, given) => {
    const source = tokens.join('')
    const [fast, slow] = await Promise.all([
      expressions.evaluate({ source, scope: scopeOf(given) }),
      expressions.evaluateSlow({ source, scope: scopeOf(given) }),
    ])
    if (fast.ok) values += 1
    for (const evaluated of [fast, slow]) expect(KINDS.concat('value')).toContain(kindOf(evaluated))
  })
  await fc.assert(property, { numRuns: runs })
  return values
}

function kindOf(evaluated: Evaluated): string {
  if (evaluated.ok) return typeof JSON.parse(evaluated.data.text) === 'undefined' ? 'no value' : 'value'
  return evaluated.kind === 'needs' || evaluated.message !== '' ? evaluated.kind : 'no message'
}
