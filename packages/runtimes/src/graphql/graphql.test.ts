import { expect, test } from 'vitest'
import { graphql } from './index.ts'

const text = { str: null }
const object = { object: { name: null, props: [] } }

test.each<[string, unknown]>([
  ['{ a }', []],
  ['query { a(x: "(") }', []],
  ['query q { a }', []],
  ['# query ($no: Int)\nquery ($a: Int) { a }', [['a', 'int', null]]],
  ['query ($a: Int!) { a }', [['a', 'int']]],
  ['mutation m($a: Float! = 1.5) { a }', [['a', 'float', 1.5]]],
  ['subscription s($a: Boolean = true) { a }', [['a', 'bool', true]]],
  [
    'query ($a: ID!, $b: String = "é\\"") { a }',
    [
      ['a', text],
      ['b', text, 'é"'],
    ],
  ],
  ['query ($a: String = """ a "b" """) { a }', [['a', text, 'a "b"']]],
  [
    'query ($a: [Int!]! = [1, 2] $b: [[String]]) { a }',
    [
      ['a', { list: 'int' }, [1, 2]],
      ['b', { list: { list: text } }, null],
    ],
  ],
  ['query ($a: Filter = {x: RED, y: null}) { a }', [['a', object, { x: 'RED', y: null }]]],
  ['query ($a: Int @x(y: "(")) @z { a(b: {c: $a}) { d } }', [['a', 'int', null]]],
  ['fragment f on T { x } query ($a: Int!) { ...f }', [['a', 'int']]],
  ['query a($a: Int!) { a } query b($b: Int!) { b }', [['a', 'int']]],
  ['', []],
  ['query ($a Int) { a }', '"Int" stands where ":" is wanted on line 1'],
  ['query {\n a', 'something is not closed: the text ends on line 2'],
  ['query { a )', '")" closes nothing on line 1'],
  ['\nSELECT 1', '"SELECT" begins neither an operation nor a fragment on line 2'],
  ['query ($a: Int = ) { a }', '")" is no value on line 1'],
  ['query { a ^ }', '"^ }" is no GraphQL on line 1'],
])('%j', (source, expected) => {
  const parsed = graphql.parseSignature(source)
  const args = parsed.ok
    ? parsed.value.args.slice(1).map((arg) => (arg.hasDefault ? [arg.name, arg.typ, arg.default] : [arg.name, arg.typ]))
    : parsed.error.message
  expect(args).toEqual(expected)
})

test('the API is the first argument, and only what is given is sent', () => {
  expect(graphql.parseSignature('{ a }')).toMatchObject({
    value: { args: [{ name: 'api', typ: { resource: 'graphql' }, hasDefault: false }] },
  })
  const prepared = graphql.prepare({ content: 'query q($a: Int, $b: Int = 2) { a }', path: undefined })
  expect(prepared.bind({ api: { base_url: 'http://h' }, a: 1, other: 2 })).toMatchObject({
    value: { connection: { operation: 'q' }, statements: [{ values: [{ name: 'a', value: 1 }] }] },
  })
  expect(prepared.bind({ a: 1 })).toMatchObject({ error: { message: expect.stringContaining('"api" is not given') } })
})

test('a document without an operation says so', () => {
  const prepared = graphql.prepare({ content: 'fragment f on T { x }', path: undefined })
  expect(prepared.bind({ api: {} })).toMatchObject({ error: { message: expect.stringContaining('no operation') } })
})
