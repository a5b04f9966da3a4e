import { expect, test } from 'vitest'
import { countCancelled, countStarted } from './bulk-jobs.ts'

const ID = '018f0000-0000-7000-8000-000000000000'

test('a cancel counts what was chosen, what ended with it, and what had ended before', () => {
  expect(countCancelled(['a', 'b', 'c'], ['a', 'c', 'child'])).toEqual({
    done: 2,
    below: 1,
    refused: new Map([['It had already ended.', 1]]),
  })
  expect(countCancelled(['a'], ['a'])).toEqual({ done: 1, below: 0, refused: new Map() })
})

test('a run again counts the new ids, and the others by reason', () => {
  const lines = [
    ID,
    `Error: there is no finished job ${ID} in this workspace`,
    `Error: job ${ID}: There is no script.`,
    `Error: job ${ID.replace('1', '2')}: There is no script.`,
    ID,
  ]
  expect(countStarted([], lines)).toEqual({
    done: 2,
    below: 0,
    refused: new Map([
      ['It has not ended.', 1],
      ['There is no script.', 2],
    ]),
  })
})
