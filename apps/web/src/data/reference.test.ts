import { expect, test } from 'vitest'
import { parseReference, referencesIn, resourceReference, variableReference } from './reference.ts'

test('a reference is a whole string, with a path', () => {
  expect(parseReference(variableReference('u/ada/key'))).toEqual({ kind: 'variable', path: 'u/ada/key' })
  expect(parseReference(resourceReference('f/team/db'))).toEqual({ kind: 'resource', path: 'f/team/db' })
})

test.each(['', '$var:', 'see $var:u/ada/key', '$var:u/ada/a key', '$other:u/ada/key', 7, null, {}])(
  '%j is no reference',
  (value) => expect(parseReference(value)).toBeUndefined(),
)

test('references are found however deep they stand, each once', () => {
  const value = { db: '$res:f/team/db', keys: ['$var:u/ada/key', { again: '$var:u/ada/key' }], text: 'none', n: null }
  expect(referencesIn(value)).toEqual([
    { kind: 'resource', path: 'f/team/db' },
    { kind: 'variable', path: 'u/ada/key' },
  ])
})
