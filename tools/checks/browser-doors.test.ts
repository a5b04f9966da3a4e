import { expect, test } from 'vitest'
import { browserDoorsCheck } from './browser-doors.ts'
import { findFaults, fixture } from './fixture.ts'

test('what only Node has is found behind a door, however far', () => {
  const found = findFaults(browserDoorsCheck, 'bad')
  expect(found.map((line) => line.split('  ')[0])).toEqual([
    'packages/runtimes/src/one/signature.ts:1',
    'packages/runtimes/src/one/signature.ts:2',
    'packages/runtimes/src/shared/hash.ts:1',
    'packages/runtimes/src/shared/hash.ts:3',
    'packages/flow/src/definition.ts:1',
  ])
  expect(found[2]).toContain("'node:crypto' is behind a door for browsers.")
})

test('types, packages for browsers and modules that no door reaches pass', () => {
  expect(findFaults(browserDoorsCheck, 'good')).toEqual([])
})

test('a tree without doors is refused rather than passed', () => {
  expect(() => browserDoorsCheck.find(fixture('words', 'good'))).toThrow('sees no file')
})
