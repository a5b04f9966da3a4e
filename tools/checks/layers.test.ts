import { expect, test } from 'vitest'
import { findFaults, fixture } from './fixture.ts'
import { layersCheck } from './layers.ts'

test('an upward import is found, with the sentence of its row', () => {
  expect(findFaults(layersCheck, 'bad')).toContain(
    "packages/queue/src/upward.ts:1  '@millrace/api' is not in the row of packages/queue in layers.ts. " +
      'queue knows that a job failed, never what a job does.',
  )
})

test('re-exports, dynamic imports and imports of types are found too', () => {
  const found = findFaults(layersCheck, 'bad').map((line) => line.split('  ')[0])
  expect(found).toEqual([
    'apps/web/src/escape.ts:1',
    'apps/web/src/reader.ts:1',
    'apps/web/src/reader.ts:2',
    'apps/web/src/ui/button.tsx:1',
    'packages/api/src/resources/scripts.ts:1',
    'packages/contracts/src/job.ts:1',
    'packages/queue/src/upward.ts:1',
    'packages/runtimes/src/one/index.ts:1',
    'packages/runtimes/src/one/index.ts:2',
  ])
})

test('the browser application has one door to the runtimes, and that is no other entry', () => {
  expect(findFaults(layersCheck, 'bad').filter((line) => line.includes("'@millrace/runtimes"))).toHaveLength(2)
})

test('downward imports, entries of a row, suites of tests and mere text pass', () => {
  expect(findFaults(layersCheck, 'good')).toEqual([])
})

test('a tree without workspaces is refused rather than passed', () => {
  expect(() => layersCheck.find(fixture('words', 'good'))).toThrow('sees no file')
})
