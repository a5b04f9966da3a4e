import { expect, test } from 'vitest'
import { findFaults, fixture } from './fixture.ts'
import { kindLiteralsCheck } from './kind-literals.ts'

test('a kind named outside its folder is found as literal, template and key', () => {
  const message =
    "names the kind 'bash' outside packages/runtimes/src/bash; declare what differs on Runtime and ask for that"
  expect(findFaults(kindLiteralsCheck, 'bad')).toEqual([
    `packages/api/src/choose.ts:2  ${message}`,
    `packages/api/src/choose.ts:3  ${message}`,
    `packages/api/src/choose.ts:3  ${message}`,
  ])
})

test('words that only contain a kind, variables, imports and tests pass', () => {
  expect(findFaults(kindLiteralsCheck, 'good')).toEqual([])
})

test('a tree without runtimes is refused rather than passed', () => {
  expect(() => kindLiteralsCheck.find(fixture('words', 'good'))).toThrow('finds no runtime')
})
