import { openFlowSchema } from '@millrace/flow/definition'
import { expect, test } from 'vitest'
import { suggest } from './suggest.ts'

const schema = openFlowSchema()

/** What is suggested where the text has a bar. */
function at(marked: string): readonly string[] {
  const before = marked.slice(0, marked.indexOf('|')).split('\n')
  const column = (before.at(-1) ?? '').length + 1
  return suggest(schema, marked.replace('|', ''), before.length, column).map(({ label }) => label)
}

test('keys of the document, without those that are there', () => {
  expect(at('summary: x\n|')).toEqual(['description', 'value', 'schema'])
})

test('keys of a module, in a new line of it and in the line of its dash', () => {
  const keys = at('value:\n  modules:\n    - id: a\n      |')
  expect(keys).toEqual(expect.arrayContaining(['summary', 'value', 'retry', 'suspend']))
  expect(keys).not.toContain('id')
  expect(at('value:\n  modules:\n    - |')).toContain('id')
  expect(at('value:\n  modules:\n  - id: a\n    |')).toContain('retry')
})

test('the kinds of steps where the type of a value is written', () => {
  const kinds = at('value:\n  modules:\n    - id: a\n      value:\n        type: |')
  expect(kinds).toEqual(expect.arrayContaining(['rawscript', 'forloopflow', 'branchone']))
})

test('keys of a step are those of its kind', () => {
  const keys = at('value:\n  modules:\n    - id: a\n      value:\n        type: forloopflow\n        |')
  expect(keys).toEqual(expect.arrayContaining(['modules', 'iterator', 'parallel']))
  expect(keys).not.toContain('content')
})

test('deep inside of a loop and a branch, below lists that are written either way', () => {
  const text = [
    'value:',
    '  modules:',
    '    - id: a',
    '      value:',
    '        type: branchone',
    '        branches:',
    '          - expr: "true"',
    '            modules:',
    '              - id: b',
    '                retry:',
    '                  constant:',
    '                    |',
  ]
  expect(at(text.join('\n'))).toEqual(['attempts', 'seconds'])
})

test('true and false for a switch', () => {
  expect(at('value:\n  same_worker: |\n  modules: []')).toEqual(['true', 'false'])
})

test('nothing inside of text', () => {
  expect(at('summary: some words |')).toEqual([])
})
