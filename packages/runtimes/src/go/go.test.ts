import { beforeAll, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import { parseSignature, toInnerPackage } from './signature.ts'

beforeAll(() => loadGrammars())

const text = { str: null }
const anyObject = { object: { name: null, props: [] } }

test.each<[string, unknown]>([
  ['string', text],
  ['int', 'int'],
  ['int64', 'int'],
  ['bool', 'bool'],
  ['float64', 'unknown'],
  ['any', 'unknown'],
  ['Named', 'unknown'],
  ['time.Time', 'unknown'],
  ['interface{}', anyObject],
  ['map[string]int', anyObject],
  ['[]string', { list: text }],
  ['[]int', { list: 'int' }],
  ['[]float64', { list: 'unknown' }],
  ['[][]bool', { list: { list: 'bool' } }],
  ['[]byte', 'bytes'],
  ['[]map[string]any', { list: anyObject }],
  ['struct{}', anyObject],
  [
    'struct { Name string `json:"name,omitempty"`; A, B int; Hidden bool `json:"-"` }',
    {
      object: {
        name: null,
        props: [
          { key: 'name', typ: text },
          { key: 'A', typ: 'int' },
          { key: 'B', typ: 'int' },
        ],
      },
    },
  ],
])('%s', (type, typ) => {
  expect(parseSignature(`package inner\nfunc main(x ${type}) error { return nil }`)).toMatchObject({
    ok: true,
    value: { args: [{ name: 'x', typ, hasDefault: false }], autoKind: null },
  })
})

test('one type for several names', () => {
  const parsed = parseSignature('package inner\nfunc main(a, b string, c int) (any, error) { return 1, nil }')
  expect(parsed.ok && parsed.value.args.map(({ name, typ }) => [name, typ])).toEqual([
    ['a', text],
    ['b', text],
    ['c', 'int'],
  ])
})

test('a pointer may be left out', () => {
  expect(parseSignature('package inner\nfunc main(a *string) error { return nil }')).toMatchObject({
    value: { args: [{ name: 'a', typ: text, hasDefault: true, default: null }] },
  })
})

test('without main it is a library', () => {
  expect(parseSignature('package inner\nfunc Main() {}')).toMatchObject({ value: { autoKind: 'lib' } })
})

test('a method named main is not main', () => {
  expect(parseSignature('package inner\ntype T struct{}\nfunc (t T) main() {}')).toMatchObject({
    value: { autoKind: 'lib' },
  })
})

test('variadic parameters are refused with what to do', () => {
  expect(parseSignature('package inner\nfunc main(a ...string) {}')).toMatchObject({
    ok: false,
    error: { line: 2, message: expect.stringContaining('slice') },
  })
})

test('a syntax error names its line', () => {
  expect(parseSignature('package inner\n\nfunc main( {\n}')).toMatchObject({ ok: false, error: { line: 3 } })
})

test('the package becomes inner, and nothing else moves', () => {
  const source = '// package main\npackage main // package main\n\nfunc main() {}\n'
  expect(toInnerPackage(source)).toBe('// package main\npackage inner // package main\n\nfunc main() {}\n')
})
