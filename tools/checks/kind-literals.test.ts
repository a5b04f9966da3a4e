import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

test('a runtime whose id cannot be read is refused rather than overlooked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kinds-'))
  try {
    mkdirSync(join(folder, 'packages/runtimes/src/odd'), { recursive: true })
    writeFileSync(join(folder, 'packages/runtimes/src/odd/index.ts'), 'export const odd = {}')
    expect(() => kindLiteralsCheck.find(folder)).toThrow('odd/index.ts declares no id')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
