import { expect, test } from 'vitest'
import { docsCheck } from './docs.ts'
import { findFaults } from './fixture.ts'

test('a file that a document names or links to and that does not exist is found', () => {
  expect(findFaults(docsCheck, 'bad')).toEqual([
    'docs/adding-a-thing.md:1  names packages/things/src/registry.ts, which does not exist',
    'docs/adding-a-thing.md:1  names docs/other.md, which does not exist',
  ])
})

test('existing files, placeholders and addresses pass', () => {
  expect(findFaults(docsCheck, 'good')).toEqual([])
})
