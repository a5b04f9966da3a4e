import { beforeAll, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import { readRequirements } from './dependencies.ts'
import { parseSignature, readMainClass } from './signature.ts'

beforeAll(() => loadGrammars())

const text = { str: null }
const anyObject = { object: { name: null, props: [] } }
const DECLARED = `
  enum Suit { HEARTS, SPADES(2); Suit(int... rank) {} }
  record Point(int x, String label) {}
  static class Person { static int count; public String name; private Double height = 1.0, weight; }
  static class Node { Node next; }`

test.each<[string, unknown, boolean]>([
  ['String', text, false],
  ['int', 'int', false],
  ['long', 'int', false],
  ['short', 'int', false],
  ['byte', 'bytes', false],
  ['float', 'float', false],
  ['double', 'float', false],
  ['boolean', 'bool', false],
  ['char', text, false],
  ['Integer', 'int', true],
  ['Long', 'int', true],
  ['Short', 'int', true],
  ['Byte', 'bytes', true],
  ['Double', 'float', true],
  ['Float', 'float', true],
  ['Boolean', 'bool', true],
  ['Character', text, true],
  ['java.lang.Integer', 'int', true],
  ['Object', anyObject, false],
  ['Byte[]', { list: 'bytes' }, false],
  ['byte[]', 'bytes', false],
  ['byte[][]', { list: 'bytes' }, false],
  ['String[]', { list: text }, false],
  ['int[][]', { list: { list: 'int' } }, false],
  ['List<String>', { list: text }, false],
  ['java.util.List<Integer>', { list: 'int' }, false],
  ['Set<Long>', { list: 'int' }, false],
  ['List', { list: 'unknown' }, false],
  ['List<?>', { list: 'unknown' }, false],
  ['List<Map<String, Object>>', { list: anyObject }, false],
  ['Map<String, Integer>', anyObject, false],
  ['HashMap', anyObject, false],
  ['Optional<String>', text, true],
  ['LocalDate', 'date', false],
  ['java.time.Instant', 'datetime', false],
  ['Date', 'datetime', false],
  ['BigInteger', 'int', false],
  ['BigDecimal', 'float', false],
  ['UUID', text, false],
  ['Suit', { str: ['HEARTS', 'SPADES'] }, false],
  ['List<Suit>', { list: { str: ['HEARTS', 'SPADES'] } }, false],
  [
    'Point',
    {
      object: {
        name: null,
        props: [
          { key: 'x', typ: 'int' },
          { key: 'label', typ: text },
        ],
      },
    },
    false,
  ],
  [
    'Person',
    {
      object: {
        name: null,
        props: [
          { key: 'name', typ: text },
          { key: 'height', typ: 'float' },
          { key: 'weight', typ: 'float' },
        ],
      },
    },
    false,
  ],
  ['Postgresql', { resource: 'postgresql' }, false],
  ['ApiKey', { resource: 'api_key' }, false],
  ['com.acme.S3Object', { resource: 's3_object' }, false],
  ['constructor', { resource: 'constructor' }, false],
])('%s', (type, typ, hasDefault) => {
  const source = `public class Main {${DECLARED}\n  public static Object main(final ${type} x) { return x; }\n}`
  expect(parseSignature(source)).toMatchObject({
    ok: true,
    value: { args: [{ name: 'x', typ, hasDefault, default: null }], autoKind: null },
  })
})

test('a type that contains itself ends', () => {
  const source = `public class Main {${DECLARED}\n  public static Object main(Node x) { return x; }\n}`
  expect(parseSignature(source)).toMatchObject({ ok: true })
})

test('several parameters, comments and brackets behind the name', () => {
  const source =
    'class Main { static int main(String a, /* b */ int b[], @Deprecated Long c, double... d) { return 1; } }'
  const parsed = parseSignature(source)
  expect(parsed.ok && parsed.value.args.map(({ name, typ }) => [name, typ])).toEqual([
    ['a', text],
    ['b', { list: 'int' }],
    ['c', 'int'],
    ['d', { list: 'float' }],
  ])
})

test.each([
  'class Other { public static Object main(String a) { return a; } }',
  'class Main { public Object main(String a) { return a; } }',
  'class Main { static class Main2 { public static Object main(String a) { return a; } } }',
  '',
])('without a static main of the class Main it is a library: %s', (source) => {
  expect(parseSignature(source)).toMatchObject({ ok: true, value: { autoKind: 'lib', args: [] } })
})

test('a preprocessor is seen', () => {
  const source =
    'class Main { static Object preprocessor(Object event) { return event; } static Object main() { return 1; } }'
  expect(parseSignature(source)).toMatchObject({ value: { hasPreprocessor: true } })
})

test('the public main counts, as it does at the call', () => {
  const source = 'class Main { static int main(int a) { return a; } public static int main(String b) { return 1; } }'
  expect(parseSignature(source)).toMatchObject({ value: { args: [{ name: 'b' }] } })
})

test('a syntax error names its line', () => {
  expect(parseSignature('class Main {\n  static int main( {\n}')).toMatchObject({ ok: false, error: { line: 2 } })
})

test('a package is part of the name of the class', () => {
  expect(readMainClass('package a.b;\nclass Main {}')).toBe('a.b.Main')
  expect(readMainClass('class Main {}')).toBe('Main')
})

test.each<[string, string[]]>([
  ['class Main {}', []],
  ['//requirements:\n//a:b:1\n//c:d:2\n\n//e:f:3\nclass Main {}', ['a:b:1', 'c:d:2']],
  ['// requirements:\n//  a:b:1  \nclass Main {}', ['a:b:1']],
  ['//requirements:\n//a:b:1\n//a:b:1', ['a:b:1']],
  ['//requirements:\nclass Main {}', []],
])('the requirements of %j', (source, requirements) => {
  expect(readRequirements(source)).toEqual(requirements)
})
