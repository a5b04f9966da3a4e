import { describe, expect, test } from 'vitest'
import type { ArgType } from '../signature.ts'
import { writeCall } from './call.ts'
import { parseSignature } from './signature.ts'

const text: ArgType = { str: null }
const anyObject: ArgType = { object: { name: null, props: [] } }

function parse(source: string) {
  const parsed = parseSignature(source)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value
}

function parseParameters(parameters: string) {
  return parse(`# a script\ndef helper [] { 1 }\ndef main [${parameters}] { 1 }\n`).args
}

describe('types', () => {
  test.each<[string, ArgType]>([
    ['string', text],
    ['path', text],
    ['duration', text],
    ['int', 'int'],
    ['float', 'float'],
    ['number', 'float'],
    ['bool', 'bool'],
    ['binary', 'bytes'],
    ['datetime', 'datetime'],
    ['any', 'unknown'],
    ['list', { list: 'unknown' }],
    ['list<string>', { list: text }],
    ['list<list<int>>', { list: { list: 'int' } }],
    ['record', anyObject],
    [
      'record<name: string, age: int>',
      {
        object: {
          name: null,
          props: [
            { key: 'name', typ: text },
            { key: 'age', typ: 'int' },
          ],
        },
      },
    ],
    [
      'record<tags: list<string> rest>',
      {
        object: {
          name: null,
          props: [
            { key: 'tags', typ: { list: text } },
            { key: 'rest', typ: 'unknown' },
          ],
        },
      },
    ],
    ['table', { list: anyObject }],
    ['oneof<int, string>', 'unknown'],
    ['string@"nu-complete names"', text],
    ['string@[red "dark green"]', { str: ['red', 'dark green'] }],
  ])('%s', (type, typ) => {
    expect(parseParameters(`x: ${type}`)).toEqual([
      { name: 'x', typ, hasDefault: false, default: null, otyp: undefined },
    ])
  })
})

describe('parameters', () => {
  test.each<[string, ArgType, unknown]>([
    ['x?: int', 'int', null],
    ['x?', 'unknown', null],
    ['x = 3', 'int', 3],
    ['x: int = -1_000', 'int', -1000],
    ['x = 0x1F', 'int', 31],
    ['x = 1.5', 'float', 1.5],
    ['x = true', 'bool', true],
    [`x = "a\\tb: \\u{e9}"`, text, 'a\tb: é'],
    [`x = 'it is'`, text, 'it is'],
    ['x = word', text, 'word'],
    ['x = [1 2, 3]', { list: 'int' }, [1, 2, 3]],
    ['x: record = {a: 1, b: "c"}', anyObject, { a: 1, b: 'c' }],
    ['x: duration = 2min', text, null],
    ['x: datetime = 2024-01-01T10:00:00Z', 'datetime', null],
    ['--x', 'bool', false],
    ['--x: string', text, null],
    ['--x (-y): int = 4', 'int', 4],
    ['...x: string', { list: text }, []],
  ])('%s may be left out', (parameter, typ, value) => {
    expect(parseParameters(parameter)).toMatchObject([{ name: 'x', typ, hasDefault: true, default: value }])
  })

  test('stand on lines of their own, with remarks', () => {
    const args = parseParameters(
      '\n  # the first ]\n  a: string   # who\n  b = "]"\n  --dry-run (-d)  # only say it\n  ...rest\n',
    )
    expect(args.map(({ name }) => name)).toEqual(['a', 'b', 'dry_run', 'rest'])
  })
})

describe('main', () => {
  test.each([
    'def main [a] {}',
    'export def main [a] { 1 }',
    'def --env main [a] { 1 }',
    `def "main" [a: int]: nothing -> string { "x" }`,
    'def main (a) { 1 }',
    'def main [\n a\n]: [int -> int, string -> string] { 1 }',
  ])('is found in %s', (source) => {
    expect(parse(source)).toMatchObject({ autoKind: null, args: [{ name: 'a' }] })
  })

  test.each(['', 'def maintain [a] {}', 'def "main sub" [a] {}', '# def main [a] {}', 'let main = 1'])(
    'is not in %s',
    (source) => {
      expect(parse(source)).toMatchObject({ autoKind: 'lib', args: [] })
    },
  )

  test('parameters that are not closed are a problem with its line', () => {
    expect(parseSignature('\n\ndef main [a: string {\n')).toMatchObject({ ok: false, error: { line: 3 } })
  })
})

describe('the call', () => {
  const source = 'def main [a: string, b: float = 1.5, c?: datetime, --dry-run (-d), --by: duration, ...rest: int] {}'

  test('has what is given, by its place', () => {
    expect(writeCall(source, { a: 'x', dry_run: true, by: '2min', rest: [1] })).toBe(
      'main ($millrace.args | get "a") --dry-run=($millrace.args | get "dry_run") ' +
        '--by=($millrace.args | get "by" | if $in == null { null } else { $in | into duration }) ' +
        '...($millrace.args | get "rest")',
    )
  })

  test('has the default of one that is left out before one that is given', () => {
    expect(writeCall(source, { a: 'x', c: null, other: 1 })).toBe(
      'main ($millrace.args | get "a") (1.5) ' +
        '($millrace.args | get "c" | if $in == null { null } else { $in | into datetime })',
    )
  })

  test('names what is missing', () => {
    expect(writeCall(source, {})).toContain('argument \\"a\\" is not given')
    expect(writeCall('def other [] {}', {})).toContain('no command main')
  })
})
