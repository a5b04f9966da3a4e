import { expect, test } from 'vitest'
import { hasPassed, judgeCommand, judgeTests, type StageResult, summaryLines, type Tally } from './tally.ts'

const green: Tally = { passed: 3, failed: [], skipped: [] }
const skip = { file: 'a.box.test.ts', name: 'go runs' }

test('a stage that ended before it reported has failed', () => {
  expect(judgeTests('unit', 0, undefined).failed).toEqual(['unit: ended with 0 before it reported'])
})

test('a stage in which no test ran has failed, also when all were skipped', () => {
  expect(judgeTests('unit', 0, { passed: 0, failed: [], skipped: [skip] }).failed).toEqual(['unit: no test ran'])
})

test('a stage that ended badly has failed although its tests passed', () => {
  expect(judgeTests('unit', 1, green).failed).toHaveLength(1)
})

test('a stage whose tests passed counts them', () => {
  expect(judgeTests('unit', 0, green)).toEqual(green)
})

test('the last line is plain, and names skips only when there are some', () => {
  expect(summaryLines([result(green), result(judgeCommand('lint', 0))]).at(-1)).toBe('4 passed, 0 failed')
  const skipped = { ...green, skipped: [{ ...skip, reason: 'go is not installed' }] }
  expect(summaryLines([result(skipped)]).at(-1)).toBe('3 passed, 0 failed, 1 skipped')
})

test('skips are listed under their reason', () => {
  const skipped = { ...green, skipped: [{ ...skip, reason: 'go is not installed' }] }
  expect(summaryLines([result(skipped)])).toContain('skipped (1): go is not installed')
  expect(hasPassed([result(skipped)])).toBe(true)
})

test('a skip without a reason counts as a failure', () => {
  const results = [result({ ...green, skipped: [skip] })]
  expect(hasPassed(results)).toBe(false)
  expect(summaryLines(results).at(-1)).toBe('3 passed, 1 failed')
})

test('a run of nothing has not passed', () => {
  expect(hasPassed([])).toBe(false)
})

function result(tally: Tally): StageResult {
  return { name: 'unit', seconds: 1, tally }
}
