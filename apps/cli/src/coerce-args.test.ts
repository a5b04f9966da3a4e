import { expect, test } from 'vitest'
import { coerceArgs } from './coerce-args.ts'
import { defineCommand } from './command.ts'
import { exit } from './exit.ts'
import { parseArgv } from './parse-argv.ts'

const schema = {
  properties: {
    name: { type: 'string' },
    count: { type: 'integer' },
    ratio: { type: 'number' },
    is_loud: { type: 'boolean' },
    options: { type: 'object', properties: { a: { type: 'integer' } } },
    items: { type: 'array', items: { type: 'number' } },
    color: { type: 'string', enum: ['red', 'blue'] },
    anything: {},
  },
}

const open = defineCommand({
  words: ['target'],
  isOpen: true,
  flags: { tag: { value: 'tag', help: '' } },
  run: () => Promise.resolve(exit.success),
})

function coerce(...argv: string[]) {
  return coerceArgs(schema, parseArgv(open, ['target', ...argv]).args)
}

test('texts, numbers, switches and JSON become what the schema says', () => {
  const argv = [
    '--name',
    '5',
    '--count',
    '-5',
    '--ratio=1e3',
    '--is_loud',
    '--options',
    '{"a":[1]}',
    '--anything',
    '[1]',
  ]
  expect(coerce(...argv)).toEqual({
    name: '5',
    count: -5,
    ratio: 1000,
    is_loud: true,
    options: { a: [1] },
    anything: [1],
  })
})

test('a switch is turned off by no-, by =false and by the word false, and takes no other word', () => {
  expect(coerce('--no-is-loud')).toEqual({ is_loud: false })
  expect(coerce('--is-loud=false')).toEqual({ is_loud: false })
  expect(coerce('--isLoud', 'false', '--name', 'x')).toEqual({ is_loud: false, name: 'x' })
  expect(() => coerce('--is_loud', 'yes')).toThrow('"yes" belongs to no flag')
})

test('a list is JSON or the repeated flag', () => {
  expect(coerce('--items', '[1,2]')).toEqual({ items: [1, 2] })
  expect(coerce('--items', '1', '--items', '2')).toEqual({ items: [1, 2] })
  expect(() => coerce('--items', 'one')).toThrow('--items must be a number')
})

test('an unknown argument names the known ones and the nearest', () => {
  expect(() => coerce('--nam', 'x')).toThrow(/--nam is not an argument.*Did you mean --name\?.*--name, --count/)
})

test.each([
  [['--count', '1.5'], '--count must be a whole number'],
  [['--ratio', 'much'], '--ratio must be a number'],
  [['--options', '[1]'], '--options must be a JSON object'],
  [['--color', 'green'], '--color must be one of red, blue'],
  [['--name'], '--name needs a value'],
  [['--name', 'a', '--name', 'b'], '--name is given twice'],
])('%j is refused', (argv, message) => {
  expect(() => coerce(...argv)).toThrow(message)
})

test('a reference to a resource stands for an object', () => {
  expect(coerce('--options', '$res:u/a/db')).toEqual({ options: '$res:u/a/db' })
})

test('after -- flags of the command are arguments of the script', () => {
  const typed = parseArgv(open, ['target', '--tag', 'gpu', '--', '--tag=x', '--name', 'World'])
  expect(typed.flags['tag']).toBe('gpu')
  expect(coerceArgs({ properties: { tag: {}, name: { type: 'string' } } }, typed.args)).toEqual({
    tag: 'x',
    name: 'World',
  })
})

test('flags override data, and a required argument without default must come from one of them', () => {
  const required = { properties: { a: { type: 'number' }, b: { type: 'number', default: 2 } }, required: ['a', 'b'] }
  expect(coerceArgs(required, [{ flag: 'a', value: '3' }], { a: 1 })).toEqual({ a: 3 })
  expect(coerceArgs(required, [], { a: 1 })).toEqual({ a: 1 })
  expect(() => coerceArgs(required, [])).toThrow('--a is missing')
})

test.each([
  ['World', 'World'],
  ['[1]', [1]],
  ['{"a":1}', { a: 1 }],
])('an argument of any type takes %s', (text, value) => {
  const anything = { properties: { any: { type: 'object' } } }
  expect(coerceArgs(anything, [{ flag: 'any', value: text }])).toEqual({ any: value })
})
