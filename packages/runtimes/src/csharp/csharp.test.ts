import { beforeAll, describe, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import type { ArgType } from '../signature.ts'
import { readPackages } from './directives.ts'
import { parseSignature } from './signature.ts'

beforeAll(() => loadGrammars())

const text: ArgType = { str: null }
const anyObject: ArgType = { object: { name: null, props: [] } }
const DECLARED = `
  enum Suit { Hearts, Spades = 4 }
  class Person { public static int Count; public string Name { get; set; } public double? Height, Weight; int hidden; }
  struct Point { public int X; }
  class Tree { public Tree Next; }`

function parse(source: string) {
  const parsed = parseSignature(source)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value
}

function parseParameters(parameters: string) {
  return parse(
    `using System;\nclass Script {\n${DECLARED}\npublic static object Main(${parameters}) { return null; } }`,
  ).args
}

describe('types', () => {
  test.each<[string, ArgType, boolean]>([
    ['string', text, false],
    ['String', text, false],
    ['char', text, false],
    ['int', 'int', false],
    ['long', 'int', false],
    ['uint', 'int', false],
    ['System.Int32', 'int', false],
    ['float', 'float', false],
    ['double', 'float', false],
    ['decimal', 'float', false],
    ['bool', 'bool', false],
    ['byte', 'bytes', false],
    ['object', anyObject, false],
    ['dynamic', 'unknown', false],
    ['int?', 'int', true],
    ['string?', text, true],
    ['Nullable<double>', 'float', true],
    ['string[]', { list: text }, false],
    ['int[][]', { list: { list: 'int' } }, false],
    ['int[,]', 'unknown', false],
    ['byte[]', 'bytes', false],
    ['byte[][]', { list: 'bytes' }, false],
    ['int?[]', { list: 'int' }, false],
    ['List<string>', { list: text }, false],
    ['System.Collections.Generic.IEnumerable<int>', { list: 'int' }, false],
    ['Dictionary<string, int>', anyObject, false],
    ['(int a, string b)', 'unknown', false],
    ['DateTime', 'datetime', false],
    ['System.DateTimeOffset?', 'datetime', true],
    ['global::System.Guid', text, false],
    ['Suit', { str: ['Hearts', 'Spades'] }, false],
    ['Point', { object: { name: null, props: [{ key: 'X', typ: 'int' }] } }, false],
    ['Postgresql', { resource: 'postgresql' }, false],
    ['Acme.MyApiKey', { resource: 'my_api_key' }, false],
  ])('%s', (type, typ, hasDefault) => {
    expect(parseParameters(`${type} x`)).toEqual([{ name: 'x', typ, hasDefault, default: null, otyp: undefined }])
  })

  test('a class of the source is an object of what is public in it', () => {
    const props = [
      { key: 'Name', typ: text },
      { key: 'Height', typ: 'float' },
      { key: 'Weight', typ: 'float' },
    ]
    expect(parseParameters('Person x')).toMatchObject([{ typ: { object: { name: null, props } } }])
  })

  test('a class that has itself in it ends', () => {
    expect(JSON.stringify(parseParameters('Tree x'))).toContain('"props":[]')
  })

  test('parameters without bound are a list, and names may be words of the language', () => {
    expect(parseParameters('int @class, params string[] rest')).toMatchObject([
      { name: 'class', typ: 'int' },
      { name: 'rest', typ: { list: text }, hasDefault: false },
    ])
  })
})

describe('defaults', () => {
  test.each<[string, unknown]>([
    ['string x = "a\\tb \\u00e9 \\"c\\""', 'a\tb é "c"'],
    ['string x = @"c:\\""d"""', 'c:\\"d"'],
    ["char x = 'c'", 'c'],
    ['int x = 1_000', 1000],
    ['int x = 0x1F', 31],
    ['int x = -3', -3],
    ['long x = 5L', 5],
    ['double x = 1.5', 1.5],
    ['float x = 2.5f', 2.5],
    ['decimal x = 0.1m', 0.1],
    ['bool x = true', true],
    ['Suit x = Suit.Spades', 'Spades'],
    ['int x = int.MaxValue', null],
    ['int x = default', null],
    ['string x = null', null],
  ])('%s', (parameter, value) => {
    expect(parseParameters(parameter)).toMatchObject([{ name: 'x', default: value, hasDefault: false }])
  })

  test('what may be null has its default', () => {
    expect(parseParameters('int? x = 4')).toMatchObject([{ default: 4, hasDefault: true }])
  })
})

describe('main', () => {
  test('the public one of any class counts', () => {
    const source = `namespace A.B;
      class First { static void Main(int hidden) {} void Main(string instance) {} }
      static class Second { public static async System.Threading.Tasks.Task<int> Main(string shown) => 1; }`
    expect(parse(source).args.map(({ name }) => name)).toEqual(['shown'])
  })

  test('a source without it is a library', () => {
    expect(parse('class A { static int Other() { return 1; } }')).toMatchObject({ args: [], autoKind: 'lib' })
    expect(parse('')).toMatchObject({ autoKind: 'lib' })
  })

  test('packages of the first lines are no syntax errors, and lines keep their numbers', () => {
    const source = '#r "nuget: Humanizer, 2.14.1"\n#r "nuget:Other"\nclass A { public static void Main(int n) {} }\n'
    expect(parse(source).args).toMatchObject([{ name: 'n', typ: 'int' }])
    expect(readPackages(source)).toEqual([
      { id: 'Humanizer', version: '2.14.1' },
      { id: 'Other', version: undefined },
    ])
    expect(parseSignature('#r "nuget: A, 1"\nclass A {\n  int x = ;\n}')).toMatchObject({
      ok: false,
      error: { line: 3 },
    })
  })
})
