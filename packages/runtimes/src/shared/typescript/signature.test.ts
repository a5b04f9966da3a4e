import { beforeAll, describe, expect, test } from 'vitest'
import { loadGrammars } from '../../load-grammars.ts'
import type { Arg } from '../../signature.ts'
import { parseSignature } from './signature.ts'

beforeAll(() => loadGrammars())

const text = { str: null }
const anyObject = { object: { name: null, props: [] } }

/** The arguments of `main(<parameters>)`, after `declarations`. */
function argsOf(parameters: string, declarations = ''): readonly Arg[] {
  const parsed = parseSignature(`${declarations}\nexport async function main(${parameters}) {}\n`)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value.args
}

function typeOf(type: string, declarations?: string): unknown {
  return argsOf(`x: ${type}`, declarations)[0]?.typ
}

describe('types', () => {
  test.each<[string, unknown]>([
    ['number', 'float'],
    ['string', text],
    ['boolean', 'bool'],
    ['bigint', 'int'],
    ['Date', 'datetime'],
    ['object', anyObject],
    ['any', 'unknown'],
    ['unknown', 'unknown'],
    ['null', 'unknown'],
    ['undefined', 'unknown'],
    ['() => void', 'unknown'],
    ['1 | 2 | 3', 'unknown'],
    ['string | number', 'unknown'],
    ['[string, number]', 'unknown'],
    ['Foo["bar"]', 'unknown'],
    ['"a" | "b"', { str: ['a', 'b'] }],
    ['"a" | string', { str: ['a'] }],
    ['"only"', { str: ['only'] }],
    ['| "a"\n | "b"\n | "c"', { str: ['a', 'b', 'c'] }],
    ['string[]', { list: text }],
    ['number[]', { list: 'float' }],
    ['("a" | "b")[]', { list: { str: ['a', 'b'] } }],
    ['any[]', { list: 'unknown' }],
    ['readonly string[]', { list: text }],
    ['Array<string>', { resource: 'array' }],
    ['Record<string, string>', { resource: 'record' }],
    ['Promise<void>', { resource: 'promise' }],
    ['Partial<Foo>', { resource: 'partial' }],
    ['{}', anyObject],
    [
      '{ a: string; "b c"?: number[] }',
      {
        object: {
          name: null,
          props: [
            { key: 'a', typ: text },
            { key: 'b c', typ: { list: 'float' } },
          ],
        },
      },
    ],
    ['{ a: string }[]', { list: { object: { name: null, props: [{ key: 'a', typ: text }] } } }],
    ['wmill.Base64', 'bytes'],
    ['Base64', 'bytes'],
    ['wmill.Email', 'email'],
    ['Sql', 'sql'],
    ['S3Object', { resource: 's3_object' }],
    ['wmill.S3Object[]', { list: { resource: 's3_object' } }],
    ['Resource<"postgresql">', { resource: 'postgresql' }],
    ['wmill.Resource<"c_my_type">', { resource: 'c_my_type' }],
    ['RT.Slack', { resource: 'slack' }],
    ['RT.AzureBlob', { resource: 'azure_blob' }],
    ['Postgresql', { resource: 'postgresql' }],
    ['ApiKeyAuth', { resource: 'api_key_auth' }],
    ['DynSelect_foo', { dynselect: 'foo' }],
    ['DynMultiselect_bar_baz', { dynmultiselect: 'bar_baz' }],
  ])('%s', (type, expected) => {
    expect(typeOf(type)).toEqual(expected)
  })
})

describe('declared types', () => {
  const props = [
    { key: 'aB', typ: text },
    { key: 'n', typ: 'float' },
  ]

  test.each<[string, string, unknown]>([
    ['an interface', 'interface MyThing { aB: string; n?: number }', { object: { name: 'my_thing', props } }],
    [
      'an exported interface',
      'export interface MyThing { aB: string; n: number }',
      { object: { name: 'my_thing', props } },
    ],
    ['an alias of an object', 'type MyThing = { aB: string, n: number }', { object: { name: 'my_thing', props } }],
    ['an alias of texts', 'type MyThing = "a" | "b"', { str: ['a', 'b'] }],
    ['an alias of a name', 'type MyThing = Slack', { resource: 'slack' }],
    ['an imported type', 'import type { MyThing } from "./other"', { resource: 'my_thing' }],
  ])('%s', (_name, declaration, expected) => {
    expect(typeOf('MyThing', declaration)).toEqual(expected)
  })

  test('a type that contains itself ends', () => {
    expect(
      typeOf('Tree', 'interface Tree { left: Tree; right: Tree; up: Tree; down: Tree; value: string }'),
    ).toHaveProperty('object.name', 'tree')
  })

  test.each(['label', 'kind'])('a union of objects told apart by a literal %s', (key) => {
    const type = `{ ${key}: "card", number: string } | { ${key}: "cash"; cents: number }`
    expect(typeOf(type)).toEqual({
      oneof: [
        {
          label: 'card',
          properties: [
            { key, typ: { str: ['card'] } },
            { key: 'number', typ: text },
          ],
        },
        {
          label: 'cash',
          properties: [
            { key, typ: { str: ['cash'] } },
            { key: 'cents', typ: 'float' },
          ],
        },
      ],
    })
  })

  test('the members of such a union may have names', () => {
    const declarations = 'interface Card { kind: "card" }\ntype Cash = { kind: "cash" }\ntype Payment = Card | Cash'
    expect(typeOf('Payment', declarations)).toMatchObject({ oneof: [{ label: 'card' }, { label: 'cash' }] })
  })

  test('a union of objects that nothing tells apart is unknown', () => {
    expect(typeOf('{ a: string } | { b: number }')).toBe('unknown')
  })
})

describe('defaults', () => {
  test.each<[string, unknown, unknown]>([
    ['x = 1', 'int', 1],
    ['x = -1', 'int', -1],
    ['x = 1_000', 'int', 1000],
    ['x = 1.5', 'float', 1.5],
    ['x = 1e3', 'float', 1000],
    ['x = "a\\n\\u00e9"', text, 'a\né'],
    ["x = 'it\\'s'", text, "it's"],
    ['x = `plain`', text, 'plain'],
    ['x = `not ${plain}`', 'unknown', null],
    ['x = true', 'bool', true],
    ['x = null', 'unknown', null],
    ['x = [1, 2]', { list: 'int' }, [1, 2]],
    ['x = ["a"]', { list: text }, ['a']],
    ['x = []', { list: 'unknown' }, []],
    ['x = {}', anyObject, {}],
    [
      'x = { a: 1, "b": ["c"] }',
      {
        object: {
          name: null,
          props: [
            { key: 'a', typ: 'int' },
            { key: 'b', typ: { list: text } },
          ],
        },
      },
      { a: 1, b: ['c'] },
    ],
    ['x = [1, f()]', 'unknown', null],
    ['x = new Date()', 'unknown', null],
    ['x = other', 'unknown', null],
    ['x: number = 5', 'float', 5],
    ['x: string = f()', text, null],
    ['x: "a" | "b" = "b"', { str: ['a', 'b'] }, 'b'],
    ['x?: string', text, null],
    ['x: string | undefined', text, null],
    ['x: null | number', 'float', null],
    ['x: "a" | "b" | null', { str: ['a', 'b'] }, null],
    ['x: string | number | undefined', 'unknown', null],
  ])('%s', (parameter, typ, value) => {
    expect(argsOf(parameter)).toEqual([{ name: 'x', typ, hasDefault: true, default: value, otyp: undefined }])
  })

  test('a parameter without type and default is unknown and required', () => {
    expect(argsOf('x')).toEqual([{ name: 'x', typ: 'unknown', hasDefault: false, default: null, otyp: undefined }])
  })

  test('a name of the language’s own prototypes is a name', () => {
    expect(typeOf('toString')).toEqual({ resource: 'to_string' })
    expect(argsOf('x = { __proto__: 1 }')[0]?.default).toEqual(JSON.parse('{"__proto__": 1}'))
  })
})

describe('what is main', () => {
  const kindOf = (source: string) => {
    const parsed = parseSignature(source)
    return parsed.ok ? parsed.value.autoKind : parsed.error
  }

  test.each<[string, string | null]>([
    ['export function main() {}', null],
    ['export async function main() {}', null],
    ['export async function* main() {}', null],
    ['export const main = async (x: string) => x', 'lib'],
    ['export default function main() {}', 'lib'],
    ['export default async function (x: string) {}', 'lib'],
    ['function main() {}', 'lib'],
    ['export class Main {}', 'lib'],
    ['', 'lib'],
    ['export const main = workflow(async (x: string) => x)', 'wac'],
    ['export const main = wmill.workflow(async function (x: string) {})', 'wac'],
    ['export const main = other(async (x: string) => x)', 'lib'],
  ])('%s', (source, kind) => {
    expect(kindOf(source)).toBe(kind)
  })

  test('a workflow has the parameters of its function', () => {
    const parsed = parseSignature('export const main = workflow(async (x: string, y = 1) => x)')
    expect(parsed.ok && parsed.value.args.map((arg) => arg.name)).toEqual(['x', 'y'])
  })

  test('a preprocessor is seen', () => {
    const source = 'export async function preprocessor(event: any) {}\nexport function main(x: string) {}'
    expect(parseSignature(source)).toMatchObject({ ok: true, value: { hasPreprocessor: true, autoKind: null } })
  })

  test('a destructured parameter keeps its place under a name of ours', () => {
    expect(argsOf('a: string, { b }: { b: number }').map((arg) => arg.name)).toEqual(['a', 'anon2'])
  })
})

describe('no signature', () => {
  test('a syntax error names its line', () => {
    expect(parseSignature('const a = 1\nexport function main(x: {\n')).toMatchObject({ ok: false })
    expect(parseSignature('export function main(x: string {}')).toMatchObject({ ok: false, error: { line: 1 } })
  })

  test('rest parameters are refused with what to do', () => {
    expect(parseSignature('\nexport function main(...all: string[]) {}')).toMatchObject({
      ok: false,
      error: { line: 2, message: expect.stringContaining('rest parameters') },
    })
  })
})
