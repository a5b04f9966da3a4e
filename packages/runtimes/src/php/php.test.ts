import { beforeAll, describe, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import { needsPackages } from '../needs-packages.ts'
import type { ArgType } from '../signature.ts'
import { php } from './index.ts'
import { composeManifest, readRequirements } from './manifest.ts'
import { parseSignature } from './signature.ts'

beforeAll(() => loadGrammars())

const text: ArgType = { str: null }
const anyObject: ArgType = { object: { name: null, props: [] } }
const SUIT = `enum Suit: string { case Hearts = 'H'; case Spades = 'S'; }\n`

function parse(source: string) {
  const parsed = parseSignature(`<?php\n${source}`)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value
}

function parseParameters(parameters: string, before = '') {
  return parse(`${before}function main(${parameters}) {}`).args
}

describe('types', () => {
  test.each<[string, ArgType]>([
    ['string', text],
    ['int', 'int'],
    ['float', 'float'],
    ['bool', 'bool'],
    ['false', 'bool'],
    ['String', text],
    ['array', { list: text }],
    ['object', anyObject],
    ['\\stdClass', anyObject],
    ['mixed', 'unknown'],
    ['callable', 'unknown'],
    ['string|int', 'unknown'],
    ['A&B', 'unknown'],
    ['Postgresql', { resource: 'postgresql' }],
    ['MyApiKey', { resource: 'myapikey' }],
    ['\\Acme\\Slack', { resource: 'slack' }],
    ['DateTimeImmutable', 'datetime'],
    ['Suit', { str: ['H', 'S'] }],
  ])('%s', (type, typ) => {
    const [arg] = parseParameters(`${type} $x`, SUIT)
    expect(arg).toEqual({ name: 'x', typ, hasDefault: false, default: null, otyp: undefined })
  })

  test('a parameter without a type takes any JSON', () => {
    expect(parseParameters('$x')).toMatchObject([{ typ: 'unknown', hasDefault: false }])
  })

  test.each<[string, ArgType]>([
    ['?string $x', text],
    ['int|null $x', 'int'],
    ['null|Postgresql $x', { resource: 'postgresql' }],
    ['string|int|null $x', 'unknown'],
    ['(A&B)|null $x', 'unknown'],
    ['string $x = null', text],
  ])('%s may be left out', (parameter, typ) => {
    expect(parseParameters(parameter)).toMatchObject([{ typ, hasDefault: true, default: null }])
  })

  test('an enumeration without values is a choice of its names', () => {
    expect(parseParameters('Mode $x', 'enum Mode { case Fast; case Slow; }\n')).toMatchObject([
      { typ: { str: ['Fast', 'Slow'] } },
    ])
  })
})

describe('defaults', () => {
  test.each<[string, ArgType, unknown]>([
    [`'it\\'s \\n'`, text, `it's \\n`],
    [`"a\\tb \\u{e9} \\x41 \\$ \\q"`, text, 'a\tb é A $ \\q'],
    ['""', text, ''],
    ['-5', 'int', -5],
    ['1_000', 'int', 1000],
    ['0x1F', 'int', 31],
    ['017', 'int', 15],
    ['0b11', 'int', 3],
    ['0', 'int', 0],
    ['.5', 'float', 0.5],
    ['1e3', 'float', 1000],
    ['TRUE', 'bool', true],
    ['null', 'unknown', null],
    ['[1, 2]', { list: 'int' }, [1, 2]],
    [`array('a')`, { list: text }, ['a']],
    [`['a' => 1]`, { object: { name: null, props: [{ key: 'a', typ: 'int' }] } }, { a: 1 }],
    [`[1, 'a' => 2]`, 'unknown', null],
    ['"x $y"', 'unknown', null],
    ['"\\xff"', 'unknown', null],
    ['PHP_EOL', 'unknown', null],
    [`'a' . 'b'`, 'unknown', null],
    ['new Foo()', 'unknown', null],
    ['9e999', 'unknown', null],
  ])('%s', (literal, typ, value) => {
    expect(parseParameters(`$x = ${literal}`)).toMatchObject([{ name: 'x', typ, hasDefault: true, default: value }])
  })

  test('a declared type comes before that of the default', () => {
    expect(parseParameters('float $x = 1')).toMatchObject([{ typ: 'float', default: 1 }])
    expect(parseParameters('array $x = []')).toMatchObject([{ typ: { list: text }, default: [] }])
  })

  test('an array whose default has keys is an object', () => {
    expect(parseParameters(`array $x = ['a' => 1]`)).toMatchObject([
      { typ: { object: { props: [{ key: 'a', typ: 'int' }] } }, default: { a: 1 } },
    ])
  })

  test('a case of an enumeration is what stands for it', () => {
    expect(parseParameters('Suit $x = Suit::Spades', SUIT)).toMatchObject([{ hasDefault: true, default: 'S' }])
    expect(parseParameters('$x = Other::Case')).toMatchObject([{ hasDefault: true, default: null }])
  })

  test('a default before a required parameter does not count, as in PHP', () => {
    expect(parseParameters('int $a = 1, int $b')).toMatchObject([{ hasDefault: false }, { hasDefault: false }])
    expect(parseParameters('?int $a = null, int $b')).toMatchObject([{ hasDefault: true }, { hasDefault: false }])
  })
})

describe('main', () => {
  test('is found in a namespace, with or without braces, in capitals, with attributes and a return type', () => {
    expect(parse('namespace A\\B;\nfunction main($x) {}').args).toHaveLength(1)
    expect(parse('namespace A { function main($x) {} }').args).toHaveLength(1)
    expect(parse('#[Pure]\nfunction Main(#[\\SensitiveParameter] string $x, &$y): array { return []; }').args).toEqual([
      { name: 'x', typ: text, hasDefault: false, default: null, otyp: undefined },
      { name: 'y', typ: 'unknown', hasDefault: false, default: null, otyp: undefined },
    ])
  })

  test('with a variadic parameter takes arguments of any name', () => {
    expect(parse('function main(int $a, ...$rest) {}')).toMatchObject({ args: [{ name: 'a' }], starKwargs: true })
  })

  test.each([
    ['a method', 'class A { function main($x) {} }'],
    ['a function in a function', 'function other() { function main($x) {} }'],
    ['a variable', '$main = fn($x) => $x;'],
    ['nothing', ''],
  ])('is not %s', (_name, source) => {
    expect(parse(source)).toMatchObject({ autoKind: 'lib', args: [] })
  })

  test('may have a preprocessor beside it', () => {
    expect(parse('function preprocessor($event) {}\nfunction main() {}')).toMatchObject({ hasPreprocessor: true })
  })
})

test('a source that does not parse says where', () => {
  expect(parseSignature('<?php\nfunction main(string $x) {\n  return [1;\n}')).toMatchObject({
    ok: false,
    error: { line: 3, message: expect.stringContaining('line 3') },
  })
})

test('a source without the opening tag says so', () => {
  expect(parseSignature('function main($x) {}')).toEqual({
    ok: false,
    error: { message: 'a PHP script begins with <?php', line: 1 },
  })
})

describe('packages', () => {
  test('the list ends where a line asks for none', () => {
    const source = `<?php\n// require:\n// monolog/monolog@^3.6 || ^4\n//  Acme/Names\n// ext-json: *\n// a remark\n// not/this\n`
    expect(readRequirements(source)).toEqual({ 'monolog/monolog': '^3.6 || ^4', 'acme/names': '*', 'ext-json': '*' })
    expect(readRequirements('<?php\nrequire "x";')).toEqual({})
  })

  test('a script that asks for nothing needs nothing, unless a file of the workspace holds for all', () => {
    const script = { content: php.info.starter, path: undefined }
    expect(composeManifest(script)).toBeUndefined()
    expect(composeManifest({ ...script, manifests: { '': '{"require":{"a/b":"1"}}', other: '{}' } })).toBe(
      '{\n  "require": {\n    "a/b": "1"\n  }\n}\n',
    )
    expect(() => composeManifest({ ...script, manifests: { '': '[1]' } })).toThrow('composer.json of the workspace')
    expect(needsPackages(php, script)).toBe(false)
  })
})
