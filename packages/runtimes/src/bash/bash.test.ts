import { beforeAll, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import { findPositions, parseSignature } from './signature.ts'

beforeAll(() => loadGrammars())

const text = { str: null }

test.each<[string, readonly [string, boolean, unknown][]]>([
  ['name="$1"', [['name', false, null]]],
  ['name="${1}"', [['name', false, null]]],
  ['name="${1:?give a name}"', [['name', false, null]]],
  ['name="${1:-Ada}"', [['name', true, 'Ada']]],
  ['name="${1:-}"', [['name', true, '']]],
  ['name="${1-Ada Lovelace}"', [['name', true, 'Ada Lovelace']]],
  ['name="${1:-"quoted text"}"', [['name', true, 'quoted text']]],
  ['name="${1:-$OTHER}"', [['name', true, null]]],
  ['name="${1:-\\$5}"', [['name', true, '$5']]],
  ['export name="$1"', [['name', false, null]]],
  ['readonly name="$1"', [['name', false, null]]],
  [
    'b="$2"\na="$1"',
    [
      ['a', false, null],
      ['b', false, null],
    ],
  ],
  [
    'a="$1" b="$2"',
    [
      ['a', false, null],
      ['b', false, null],
    ],
  ],
  ['a="$1"\nb="$1"', [['a', false, null]]],
  ['a="${10}"', [['a', false, null]]],
  ['name=$1', []],
  ['name="Mx $1"', []],
  ['name=" $1"', []],
  ['name="$0"', []],
  ['name="$@"', []],
  ['greet() { local name="$1"; }', []],
  ['if true; then name="$1"; fi', []],
  ['echo "$1"', []],
  ['', []],
])('%s', (source, expected) => {
  const parsed = parseSignature(source)
  const args = expected.map(([name, hasDefault, value]) => ({
    name,
    typ: text,
    hasDefault,
    default: value,
    otyp: undefined,
  }))
  expect(parsed).toEqual({
    ok: true,
    value: { args, starArgs: false, starKwargs: false, autoKind: null, hasPreprocessor: false },
  })
})

test('positions are those of the script, with gaps', () => {
  expect(findPositions('c="$3"\na="$1"').map(({ position, arg }) => [position, arg.name])).toEqual([
    [1, 'a'],
    [3, 'c'],
  ])
})

test('a syntax error names its line', () => {
  expect(parseSignature('echo one\nif true; then\n')).toMatchObject({ ok: false, error: { line: expect.any(Number) } })
})
