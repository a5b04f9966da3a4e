import { expect, test } from 'vitest'
import { findFaults } from './fixture.ts'
import { wordsCheck } from './words.ts'

test('names that say nothing, machine paths, registry hosts and bare markers are found', () => {
  expect(findFaults(wordsCheck, 'bad')).toEqual([
    `package-lock.json:4  '"resolved": "https:' names the host of a package registry; everyone has their own`,
    'src/claimJob.ts  is no kebab-case name',
    "src/claimJob.ts:1  'TODO' is a marker without an issue; write TODO(#number) or do it",
    "src/claimJob.ts:2  '/home/someone' names a path of one machine; make it relative or a setting",
    'src/job-manager.ts  is a name that says nothing; name the file after its one main export',
    'src/utils.ts  is a name that says nothing; name the file after its one main export',
  ])
})

test('kebab-case names, markers with an issue and relative paths pass', () => {
  expect(findFaults(wordsCheck, 'good')).toEqual([])
})
