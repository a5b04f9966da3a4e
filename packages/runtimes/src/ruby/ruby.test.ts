import { beforeAll, describe, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import type { ArgType } from '../signature.ts'
import { dependencies } from './dependencies.ts'
import { findGemfile, parseSignature } from './signature.ts'

beforeAll(() => loadGrammars())

const text: ArgType = { str: null }
const objectOf = (key: string, typ: ArgType): ArgType => ({ object: { name: null, props: [{ key, typ }] } })

function parse(source: string) {
  const parsed = parseSignature(source)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value
}

describe('defaults', () => {
  test.each<[string, ArgType, unknown]>([
    [`'it\\'s \\n'`, text, `it's \\n`],
    [`"a\\tb \\u00e9 \\u{1f984} \\x41 \\q"`, text, 'a\tb é 🦄 A q'],
    ['""', text, ''],
    ['"a" "b"', text, 'ab'],
    ['%q(x y)', text, 'x y'],
    [':fast', text, 'fast'],
    [':"very fast"', text, 'very fast'],
    ['-5', 'int', -5],
    ['1_000', 'int', 1000],
    ['0x1F', 'int', 31],
    ['017', 'int', 15],
    ['0b11', 'int', 3],
    ['1.5', 'float', 1.5],
    ['-1e3', 'float', -1000],
    ['true', 'bool', true],
    ['nil', 'unknown', null],
    ['[1, 2]', { list: 'int' }, [1, 2]],
    ['%w[a b]', { list: text }, ['a', 'b']],
    ['%i[a b]', { list: text }, ['a', 'b']],
    ['[]', { list: 'unknown' }, []],
    ['{ a: 1 }', objectOf('a', 'int'), { a: 1 }],
    ['{ "a b" => [true] }', objectOf('a b', { list: 'bool' }), { 'a b': [true] }],
    ['{}', { object: { name: null, props: [] } }, {}],
    ['{ 1 => 2 }', 'unknown', null],
    ['"x #{1}"', 'unknown', null],
    ['"\\xff"', 'unknown', null],
    ['Time.now', 'unknown', null],
    ['1r', 'unknown', null],
    ['1..2', 'unknown', null],
    ['9e999', 'unknown', null],
  ])('%s', (literal, typ, value) => {
    const expected = [{ name: 'x', typ, hasDefault: true, default: value, otyp: undefined }]
    expect(parse(`def main(x = ${literal})\nend`).args).toEqual(expected)
    expect(parse(`def main(x: ${literal})\nend`).args).toEqual(expected)
  })
})

describe('main', () => {
  test.each<[string, readonly string[]]>([
    ['def main(a, b = 2, c:, d: 1)\nend', ['a', 'b?', 'c', 'd?']],
    ['def main a, b = 2\nend', ['a', 'b?']],
    ['def main(a, b = 2, c)\nend', ['a', 'b?', 'c']],
    ['def main(a, (b, c), &block)\nend', ['a']],
    ['def main = 1', []],
    ['def self.main(a)\nend', ['a']],
    ['private def main(a)\nend', ['a']],
    ['def main(a)\nend\ndef main(b)\nend', ['b']],
    ['# frozen_string_literal: true\nrequire "json"\n\ndef main(ä)\nend', ['ä']],
  ])('%s', (source, names) => {
    const args = parse(source).args
    expect(args.map((arg) => `${arg.name}${arg.hasDefault ? '?' : ''}`)).toEqual(names)
    expect(parse(source)).toMatchObject({ autoKind: null, starArgs: false, starKwargs: false })
  })

  test.each([
    ['def main(a, *rest)\nend', { starArgs: true, starKwargs: false }],
    ['def main(a, **options)\nend', { starArgs: false, starKwargs: true }],
    ['def main(...)\nend', { starArgs: true, starKwargs: true }],
    ['def main\nend\ndef preprocessor(event)\nend', { hasPreprocessor: true }],
  ])('%s has further ones', (source, signature) => {
    expect(parse(source)).toMatchObject(signature)
  })

  test.each([
    'class A\n  def main(a)\n  end\nend',
    'def other\n  def main(a)\n  end\nend',
    'main = 1',
    '',
    'puts main(1)',
  ])('is not in %s', (source) => {
    expect(parse(source)).toMatchObject({ autoKind: 'lib', args: [] })
  })
})

test('a source that does not parse says where', () => {
  expect(parseSignature('x = 1\ndef main(a\n  1\nend')).toMatchObject({
    ok: false,
    error: { line: expect.any(Number) },
  })
})

describe('gems', () => {
  const toolchain = {
    found: true,
    version: '3.1.2',
    paths: { ruby: '/r', bundle: '/b', api: '3.1.0' },
    mounts: [],
  } as const
  const resolve = (content: string, manifests = {}) =>
    dependencies.resolve({ content, path: undefined, manifests }, toolchain, { env: { http_proxy: 'http://p' } })

  test('are those of the block, with a source', () => {
    const source = `require 'bundler/inline'\ngemfile(true) do\n  gem 'money', '~> 6.0'\nend\ndef main = 1`
    expect(findGemfile(source)).toBe(`gem 'money', '~> 6.0'`)
    expect(resolve(source)?.files).toEqual({ Gemfile: `source 'https://rubygems.org'\ngem 'money', '~> 6.0'\n` })
    expect(resolve(source)?.env).toMatchObject({ http_proxy: 'http://p' })
    expect(resolve(source.replace('gem ', `source 'https://gems.acme'\n  gem `))?.files['Gemfile']).toMatch(
      /^source 'https:\/\/gems/,
    )
  })

  test('are none without a block, so that there is no lock', () => {
    expect(resolve('def main = 1')).toBeUndefined()
    expect(resolve('gemfile do\nend')).toBeUndefined()
  })

  test('may be those of a file of the workspace', () => {
    const source = '# gemfile: shared\ndef main = 1'
    expect(dependencies.manifestNames(source)).toEqual(['shared'])
    expect(resolve(source, { shared: `source 'x'\ngem 'a'` })?.files).toEqual({ Gemfile: `source 'x'\ngem 'a'\n` })
    expect(dependencies.manifestNames('def main = 1')).toEqual([''])
  })

  test('the same gems have the same key, others another', () => {
    const [one, same, other] = ['def main = 1', 'def main = 2', `gem 'b'`].map((rest) =>
      resolve(rest.startsWith('gem') ? `gemfile do\n  ${rest}\nend` : `gemfile do\n  gem 'a'\nend\n${rest}`),
    )
    expect(one?.key).toBe(same?.key)
    expect(one?.key).not.toBe(other?.key)
  })

  test('a lock is told apart into what Bundler reads', () => {
    const lock = `gem 'a'\n\n#Gemfile.lock\nGEM\n  specs:\n`
    expect(dependencies.install(lock, toolchain, { env: {} })).toMatchObject({
      files: { Gemfile: `gem 'a'\n`, 'Gemfile.lock': 'GEM\n  specs:\n' },
      inside: '/packages',
    })
    expect(dependencies.install('', toolchain, { env: {} })).toBeUndefined()
  })
})
